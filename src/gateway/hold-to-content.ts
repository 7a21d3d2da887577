import type { StreamEvent } from '../domain/response.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import { BodyReader } from './body-reader.ts';
import { ContentProbe } from './content-probe.ts';
import { OutputAccumulator } from './output-accumulator.ts';

interface HoldOptions {
  readonly endpoint: Endpoint;
  /** How many choices the request asks for. */
  readonly replies: number | undefined;
  readonly maxMs: number;
}

/**
 * Reads a provider's stream to its first content, while the client sees nothing of it, so that another target can answer in its place
 * until then. Resolves with the whole stream, its bytes unread. Where the stream breaks before it has content, settles the attempt
 * with what it has counted by then, and rejects.
 */
export async function holdToContent(
  attempt: Attempt,
  response: Response,
  { endpoint, replies, maxMs }: HoldOptions,
): Promise<Response> {
  const decoder = endpoint.createDecoder?.(replies);
  if (!response.body || !decoder) return response;
  const [head, stream] = response.body.tee();
  const reader = new BodyReader(new Response(head), attempt.deadlines);
  const probe = new ContentProbe(attempt.provider.name);
  const events: StreamEvent[] = [];
  let isLate = false;
  const stopTimer = setCancellableTimeout(maxMs, () => {
    isLate = true;
    void reader.close();
  });
  try {
    while (!probe.isDone) {
      const bytes = await reader.read();
      if (isLate) break;
      const next = events.length;
      if (bytes) decoder.push(bytes, events);
      else decoder.end(events, reader.connectionError === undefined);
      for (const event of events.slice(next)) probe.add(event);
      if (!bytes) break;
      probe.addBytes(bytes.byteLength);
    }
  } catch (error) {
    const output = new OutputAccumulator(attempt.tokenFactor);
    for (const event of events) {
      attempt.recordEvent(event);
      output.add(event);
    }
    await stream.cancel(error).catch(() => undefined);
    throw attempt.fail(reader.connectionError ?? error, output);
  } finally {
    stopTimer();
    await reader.close();
  }
  // A branch of a body that the runtime has fetched is as native as the body: what reads it tells that by the URL.
  return Object.defineProperty(new Response(stream, response), 'url', { value: response.url });
}
