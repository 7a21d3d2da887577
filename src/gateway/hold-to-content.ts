import type { StreamEvent } from '../domain/response.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import { BodyReader } from './body-reader.ts';
import type { ChatStreamEvent } from './chat-stream-event.ts';
import { rejectEmptyReply } from './reject-empty-reply.ts';

/** How much of a stream is held back until its first content: what is longer is shown to the client as it is. */
export const holdBounds = { maxMs: 10_000, maxBytes: 64 * 1024, maxEvents: 500 } as const;

/**
 * Reads a provider's stream to its first content, while the client sees nothing of it, so that another target can answer in its place
 * until then. Resolves with the whole stream, its bytes unread. Throws as the stream's decoder and its reader do, also where the
 * stream ends before it has content; what it has counted by then is recorded in the attempt.
 */
export async function holdToContent(
  attempt: Attempt,
  response: Response,
  endpoint: Endpoint,
  replies: number | undefined,
): Promise<Response> {
  const decoder = endpoint.createDecoder?.(replies);
  if (!response.body || !decoder) return response;
  const [probe, stream] = response.body.tee();
  const reader = new BodyReader(new Response(probe), attempt.deadlines);
  const events: StreamEvent[] = [];
  let isLate = false;
  const stopTimer = setCancellableTimeout(holdBounds.maxMs, () => {
    isLate = true;
    void reader.close();
  });
  try {
    let length = 0;
    while (!events.some((event) => event.type === 'finish' || isContent(event))) {
      const bytes = await reader.read();
      if (isLate) break;
      if (bytes) decoder.push(bytes, events);
      else decoder.end(events, reader.connectionError === undefined);
      for (const event of events) rejectEmptyEnd(event, events, attempt.provider.name);
      if (!bytes) break;
      length += bytes.byteLength;
      if (length > holdBounds.maxBytes || events.length > holdBounds.maxEvents) break;
    }
  } catch (error) {
    for (const event of events) attempt.recordEvent(event);
    await stream.cancel(error).catch(() => undefined);
    throw reader.connectionError ?? error;
  } finally {
    stopTimer();
    await reader.close();
  }
  return new Response(stream, response);
}

function rejectEmptyEnd(event: StreamEvent, events: readonly StreamEvent[], providerName: string): void {
  if (event.type !== 'finish') return;
  const counts = events.flatMap((other) => (other.type === 'usage' ? (other.usage.output ?? []) : []));
  const reply = { finishReason: event.finishReason, hasContent: events.some(isContent), outputTokens: counts.at(-1) };
  rejectEmptyReply(reply, providerName);
}

/** Whether a stream's event is a part of the reply's content. */
export function isContent(event: StreamEvent | ChatStreamEvent): boolean {
  const { type } = event;
  if (type === 'text' || type === 'refusal' || type === 'reasoning') return event.text !== '';
  return type === 'tool_call' || type === 'tool_arguments';
}
