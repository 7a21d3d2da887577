import { GatewayError, toGatewayError } from '../domain/errors.ts';
import type { StreamedChat } from '../gateway/chat-stream.ts';
import { ClientDisconnectedError } from '../gateway/deadlines.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';
import { eventStreamHeaders, SseWriter } from '../http/sse-writer.ts';
import type { StreamEncoder } from './stream-encoder.ts';

interface StreamAnswer {
  readonly encoder: StreamEncoder;
  /** The text that keeps a silent stream alive. Absent: a comment. */
  readonly keepAlive?: string | undefined;
  /** Absent: those of server-sent events. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Responds with a stream of events in the client's protocol. */
export function createStreamResponse(
  context: HttpContext,
  { now }: Pick<Gateway, 'now'>,
  call: StreamedChat,
  { encoder, keepAlive, headers = eventStreamHeaders }: StreamAnswer,
): Response {
  context.set('report', call.report);
  context.set('streamEnd', call.ended);
  // A native pipe shows when the client leaves, and adds no JavaScript stream to each chunk.
  const { readable, writable } = new IdentityTransformStream();
  getWaitUntil(context)(writeEvents(call, new SseWriter(writable, now, keepAlive), encoder));
  return new Response(readable, { headers });
}

/** Never rejects: an error is the last event of the stream, unless the client has left. */
async function writeEvents(call: StreamedChat, writer: SseWriter, encoder: StreamEncoder): Promise<void> {
  try {
    await writer.write(encoder.start());
    for (let events = await call.events.read(); events; events = await call.events.read()) {
      let text = '';
      for (const event of events) {
        if (event.type === 'done' && encoder.prepareEnd) {
          const end = encoder.prepareEnd(event.result);
          await writer.write(text + end.text);
          await end.ready;
          text = '';
        }
        text += encoder.encode(event);
      }
      await writer.write(text);
    }
    await writer.end();
  } catch (thrown) {
    // Settles a call that is not settled yet: the client has left, or its protocol cannot express what the provider sent.
    await call.events.stop(thrown instanceof GatewayError ? thrown : undefined);
    if (thrown instanceof ClientDisconnectedError) return await writer.abandon(thrown);
    await writer.end(encoder.fail(toGatewayError(thrown))).catch(() => writer.abandon(thrown));
  }
}
