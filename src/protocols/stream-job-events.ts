import { endWhenUnauthorized } from '../auth/end-when-unauthorized.ts';
import type { JobEvent } from '../db/queries/job-events.ts';
import { type GatewayError, toGatewayError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { StreamEnd } from '../domain/stream-end.ts';
import { ClientDisconnectedError } from '../gateway/deadlines.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';
import { eventStreamHeaders, SseWriter } from '../http/sse-writer.ts';
import type { JobDependencies } from '../jobs/job-dependencies.ts';
import { watchJob } from '../jobs/watch-job.ts';
import { abortOnReturn } from '../lib/abort-on-return.ts';

/** Encodes the events of a job for the clients of a protocol. */
export interface JobEventEncoder {
  /** Encodes an event: server-sent events, or an empty text. May throw a GatewayError, which ends the stream. */
  encode(event: JobEvent): string | Promise<string>;
  /** Encodes the error that ends a stream; undefined where the stream breaks off without a word. */
  encodeError(error: GatewayError): string | undefined;
}

interface JobStreamOptions {
  readonly database: JobDependencies['database'];
  readonly job: Job;
  /** The number of the event after which the stream begins; 0: from the first. */
  readonly after: number;
  readonly encoder: JobEventEncoder;
}

/**
 * Responds with the events of a job, those to come included, until its last, for ten minutes at most. A client resumes a stream that breaks
 * off before that. The job goes on when the client leaves.
 */
export function streamJobEvents(context: HttpContext, options: JobStreamOptions): Response {
  const { readable, writable } = new IdentityTransformStream();
  const ended = writeEvents(context, options, new SseWriter(writable, Date.now));
  context.set('streamEnd', ended);
  getWaitUntil(context)(ended);
  return new Response(readable, { headers: { ...eventStreamHeaders, 'cache-control': 'no-store, no-transform' } });
}

/** Never rejects. */
async function writeEvents(
  context: HttpContext,
  { database, job, after, encoder }: JobStreamOptions,
  writer: SseWriter,
): Promise<StreamEnd> {
  const signal = context.get('clientSignal');
  try {
    const events = abortOnReturn(signal, (either) => watchJob({ database }, job, { after, signal: either }));
    // The stream outlives what its key may do otherwise.
    for await (const event of endWhenUnauthorized(events, context.get('reauthenticate'))) {
      await writer.write(await encoder.encode(event)).catch(clientDisconnected);
    }
    await writer.end().catch(clientDisconnected);
    return signal.aborted ? { outcome: 'client_disconnected' } : { outcome: 'completed' };
  } catch (thrown) {
    if (thrown instanceof ClientDisconnectedError) {
      await writer.abandon(thrown);
      return { outcome: 'client_disconnected' };
    }
    const error = toGatewayError(thrown);
    const text = encoder.encodeError(error);
    if (text === undefined) await writer.abandon(error);
    else await writer.end(text).catch(() => writer.abandon(error));
    return { outcome: 'failed', error };
  }
}

function clientDisconnected(cause: unknown): never {
  throw new ClientDisconnectedError('The client no longer reads.', { cause });
}
