import { endWhenUnauthorized } from '../../auth/end-when-unauthorized.ts';
import { findJob } from '../../db/queries/jobs.ts';
import { GatewayError, toGatewayError } from '../../domain/errors.ts';
import { isFinal, type Job } from '../../domain/job.ts';
import type { StreamEnd } from '../../domain/stream-end.ts';
import { ClientDisconnectedError } from '../../gateway/deadlines.ts';
import { getWaitUntil, type HttpContext } from '../../http/context.ts';
import { eventStreamHeaders } from '../../http/sse-writer.ts';
import type { JobDependencies } from '../../jobs/job-dependencies.ts';
import { watchJob } from '../../jobs/watch-job.ts';
import { abortOnReturn } from '../../lib/abort-on-return.ts';
import { createErrorEvent, NativeEventWriter } from './native-event-writer.ts';
import { parseJobId, unknownJobError } from './parse-job-id.ts';

/**
 * `GET /api/jobs/{id}/events`: what happens to a job as server-sent events with an `id`, until its final status. With
 * `Last-Event-ID` it goes on after that event, on any isolate. Answers 204, at which browsers stop coming back, where
 * nothing can come any more.
 */
export function getJobEvents({ database }: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const id = parseJobId(context);
    const after = readLastEventId(context);
    const job = await findJob(database, context.get('principal').tenantId, id);
    if (!job) throw unknownJobError(id);
    if (isFinal(job) && job.eventCount <= after) return context.body(null, 204);
    const { readable, writable } = new IdentityTransformStream();
    const writer = new NativeEventWriter(writable, Date.now);
    const signal = context.get('clientSignal');
    const reauthenticate = context.get('reauthenticate');
    const requestId = context.get('requestId');
    const ended = writeEvents({ database }, job, { writer, after, signal, reauthenticate, requestId });
    context.set('streamEnd', ended);
    getWaitUntil(context)(ended);
    return new Response(readable, { headers: { ...eventStreamHeaders, 'cache-control': 'no-store, no-transform' } });
  };
}

interface WriteOptions {
  readonly writer: NativeEventWriter;
  readonly after: number;
  readonly signal: AbortSignal;
  /** The stream outlives what its key may do otherwise. */
  readonly reauthenticate: () => Promise<unknown>;
  readonly requestId: string;
}

/** Never rejects. A client resumes a stream that breaks off without a final status. */
async function writeEvents(
  { database }: Pick<JobDependencies, 'database'>,
  job: Job,
  { writer, after, signal, reauthenticate, requestId }: WriteOptions,
): Promise<StreamEnd> {
  try {
    const events = abortOnReturn(signal, (either) => watchJob({ database }, job, { after, signal: either }));
    for await (const { number, type, data: all } of endWhenUnauthorized(events, reauthenticate)) {
      const { events: _, ...data } = all;
      // Reasoning and tool calls of a response are no text.
      if (data.content === '') continue;
      await writer.write({ type, ...data }, number).catch(clientDisconnected);
    }
    await writer.end().catch(clientDisconnected);
    return signal.aborted ? { outcome: 'client_disconnected' } : { outcome: 'completed' };
  } catch (thrown) {
    if (thrown instanceof ClientDisconnectedError) {
      await writer.abandon(thrown);
      return { outcome: 'client_disconnected' };
    }
    const error = toGatewayError(thrown);
    if (error.code !== 'internal') {
      await writer.end(createErrorEvent(error, requestId)).catch(() => writer.abandon(error));
    } else await writer.abandon(error);
    return { outcome: 'failed', error };
  }
}

function clientDisconnected(cause: unknown): never {
  throw new ClientDisconnectedError('The client no longer reads.', { cause });
}

function readLastEventId(context: HttpContext): number {
  const id = context.req.header('last-event-id')?.trim() ?? '';
  if (/^\d{0,9}$/.test(id)) return Number(id);
  throw new GatewayError('invalid_request', 'Last-Event-ID: must be the id of an event of this job, a whole number.');
}
