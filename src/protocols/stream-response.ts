import { GatewayError, toGatewayError } from '../domain/errors.ts';
import type { StreamedChat } from '../gateway/chat-stream.ts';
import { ClientDisconnectedError } from '../gateway/deadlines.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';
import { eventStreamHeaders, SseWriter } from '../http/sse-writer.ts';
import type { StreamEncoder } from './stream-encoder.ts';

interface StreamAnswer {
  readonly encoder: StreamEncoder;
  /** What keeps a silent stream of this protocol alive; absent: a comment. */
  readonly keepAlive?: string | undefined;
}

/** Answers with a call's events in the words of the client's protocol. */
export function createStreamResponse(
  context: HttpContext,
  { now }: Pick<Gateway, 'now'>,
  call: StreamedChat,
  { encoder, keepAlive }: StreamAnswer,
): Response {
  context.set('report', call.report);
  context.set('streamEnd', call.ended);
  // A native pipe: the end of the client is seen, and no JavaScript stream stands in the way of each chunk.
  const { readable, writable } = new IdentityTransformStream();
  getWaitUntil(context)(writeEvents(call, new SseWriter(writable, now, keepAlive), encoder));
  return new Response(readable, { headers: eventStreamHeaders });
}

/** Never rejects: what goes wrong is the last event of the stream, or nobody's business any more. */
async function writeEvents(call: StreamedChat, writer: SseWriter, encoder: StreamEncoder): Promise<void> {
  try {
    await writer.write(encoder.start());
    for (let events = await call.events.read(); events; events = await call.events.read()) {
      let text = '';
      for (const event of events) text += encoder.encode(event);
      await writer.write(text);
    }
    await writer.end();
  } catch (thrown) {
    // Settles the call where nobody has yet: the client has left, or what the provider said cannot be said in its protocol.
    await call.events.stop(thrown instanceof GatewayError ? thrown : undefined);
    if (thrown instanceof ClientDisconnectedError) return await writer.abandon(thrown);
    await writer.end(encoder.fail(toGatewayError(thrown))).catch(() => writer.abandon(thrown));
  }
}
