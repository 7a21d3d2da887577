import { endWhenUnauthorized } from '../../auth/end-when-unauthorized.ts';
import type { ResponseJob } from '../../db/queries/response-jobs.ts';
import { GatewayError, toGatewayError } from '../../domain/errors.ts';
import { toResponseId } from '../../domain/job.ts';
import type { StreamEnd } from '../../domain/stream-end.ts';
import { ClientDisconnectedError } from '../../gateway/deadlines.ts';
import { getWaitUntil, type HttpContext } from '../../http/context.ts';
import { eventStreamHeaders, SseWriter } from '../../http/sse-writer.ts';
import { watchJob } from '../../jobs/watch-job.ts';
import { abortOnReturn } from '../../lib/abort-on-return.ts';
import { escapeLineBreaks } from '../../lib/to-json-line.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import type { RouteDependencies } from '../protocol-route.ts';
import { BackgroundStreamEncoder, isLastEvent } from './encode-openai-background-stream.ts';
import { openAiProtocol } from './openai-protocol.ts';

interface StreamDependencies {
  readonly jobs: Pick<RouteDependencies['jobs'], 'database'>;
  readonly responses: ResponseStore;
}

/**
 * Responds with the events of a response in the background after the number `startingAfter`, and those to come until it ends, for ten
 * minutes at most. The job goes on when the client leaves.
 */
export function streamBackgroundResponse(
  context: HttpContext,
  dependencies: StreamDependencies,
  responseJob: ResponseJob,
  startingAfter = -1,
): Response {
  const { readable, writable } = new IdentityTransformStream();
  const ended = writeEvents(dependencies, responseJob, {
    writer: new SseWriter(writable, Date.now),
    encoder: new BackgroundStreamEncoder(responseJob, startingAfter),
    signal: context.get('clientSignal'),
    reauthenticate: context.get('reauthenticate'),
    requestId: context.get('requestId'),
  });
  context.set('streamEnd', ended);
  getWaitUntil(context)(ended);
  return new Response(readable, { headers: { ...eventStreamHeaders, 'cache-control': 'no-store, no-transform' } });
}

interface WriteOptions {
  readonly writer: SseWriter;
  readonly encoder: BackgroundStreamEncoder;
  readonly signal: AbortSignal;
  /** The stream outlives what its key may do otherwise. */
  readonly reauthenticate: () => Promise<unknown>;
  readonly requestId: string;
}

/** Never rejects. A client resumes a stream that breaks off before its last event. */
async function writeEvents(
  { jobs, responses }: StreamDependencies,
  { job }: ResponseJob,
  { writer, encoder, signal, reauthenticate, requestId }: WriteOptions,
): Promise<StreamEnd> {
  try {
    // From the first: the number of an event is how many come before it.
    const events = abortOnReturn(signal, (either) => watchJob(jobs, job, { after: 0, signal: either }));
    for await (const event of endWhenUnauthorized(events, reauthenticate)) {
      const isCompleted = event.data.status === 'COMPLETED';
      const stored = isCompleted ? await readStored(responses, job) : undefined;
      const text = isLastEvent(event) ? encoder.end(event, stored) : encoder.encode(event);
      await writer.write(text).catch(clientDisconnected);
    }
    await writer.end().catch(clientDisconnected);
    return signal.aborted ? { outcome: 'client_disconnected' } : { outcome: 'completed' };
  } catch (thrown) {
    if (thrown instanceof ClientDisconnectedError) {
      await writer.abandon(thrown);
      return { outcome: 'client_disconnected' };
    }
    const error = toGatewayError(thrown);
    const text = openAiProtocol.errorEvent(error, requestId, encoder.nextSequenceNumber);
    await writer.end(text).catch(() => writer.abandon(error));
    return { outcome: 'failed', error };
  }
}

/** Resolves with the JSON of a completed response, on one line. */
async function readStored(responses: ResponseStore, { id, tenantId }: ResponseJob['job']): Promise<string> {
  const found = await responses.find({ tenantId, id: toResponseId(id) });
  if (found?.type !== 'stored') throw new GatewayError('not_found', 'The response is no longer stored.');
  return escapeLineBreaks(found.json);
}

function clientDisconnected(cause: unknown): never {
  throw new ClientDisconnectedError('The client no longer reads.', { cause });
}
