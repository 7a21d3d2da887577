import { toGatewayError } from '../../domain/errors.ts';
import type { StreamedChat } from '../../gateway/chat-stream.ts';
import { ClientDisconnectedError } from '../../gateway/deadlines.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { targetChatRequest } from '../../gateway/target-chat-request.ts';
import { getWaitUntil, type HttpContext } from '../../http/context.ts';
import { eventStreamHeaders } from '../../http/sse-writer.ts';
import type { CachedReply } from '../../reply-cache/cached-reply.ts';
import { runCached } from '../run-cached.ts';
import { encodeResult } from './encode-native-result.ts';
import { createErrorEvent, NativeEventWriter, truncateMessage } from './native-event-writer.ts';
import { parseNativeChatRequest } from './parse-native-chat-request.ts';
import { ReplayableStream, replayEvents } from './replayable-stream.ts';

/** `POST /stream`: one call, its reply as server-sent events while it is produced. */
export function nativeStream(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const request = await parseNativeChatRequest(context, 'stream');
    const respond = (reply: CachedReply) => replayCached(context, reply);
    return await runCached(context, gateway, { request, body: {}, respond }, async (targeted) => {
      const call = await gateway.stream(targetChatRequest(request, targeted));
      context.set('report', call.report);
      // A native pipe: the end of the client is seen, and no JavaScript stream stands in the way of each chunk.
      const { readable, writable } = new IdentityTransformStream();
      const reply = new ReplayableStream(new NativeEventWriter(writable, gateway.now), context.get('responseClaim'));
      context.set('streamEnd', call.ended);
      getWaitUntil(context)(writeEvents(call, reply, request.requestId));
      return new Response(readable, { headers: eventStreamHeaders });
    });
  };
}

/** Responds with a stream that was kept, which is kept under the idempotency key as well, where the request has one. */
async function replayCached(context: HttpContext, { body }: CachedReply): Promise<Response> {
  const text = new TextDecoder().decode(body);
  await context.get('responseClaim')?.store({ status: 200, headers: eventStreamHeaders, body: text });
  return replayEvents(text, eventStreamHeaders, getWaitUntil(context));
}

/** Never rejects: an error is the last event of the stream, and is dropped once the client has disconnected. */
async function writeEvents(call: StreamedChat, reply: ReplayableStream, requestId: string): Promise<void> {
  const { provider, model } = call.report;
  try {
    await reply.write({ type: 'start', requestId, provider, model });
    let refusal = '';
    for (let events = await call.events.read(); events; events = await call.events.read()) {
      for (const event of events) {
        if (event.type === 'text') await reply.writeText(event.text);
        else if (event.type === 'refusal') refusal += event.text;
        else if (event.type === 'done') {
          const last = encodeResult(event.result, call.report);
          await reply.end({ type: 'done', ...last, ...(refusal === '' ? {} : { refusal: truncateMessage(refusal) }) });
        }
      }
    }
  } catch (thrown) {
    await endEarly(call, reply, requestId, thrown);
  }
}

async function endEarly(
  call: StreamedChat,
  reply: ReplayableStream,
  requestId: string,
  thrown: unknown,
): Promise<void> {
  // Settles the call where the client's connection broke and the provider's request has not been aborted yet.
  await call.events.stop();
  if (thrown instanceof ClientDisconnectedError) return await reply.abandon(thrown);
  await reply.fail(createErrorEvent(toGatewayError(thrown), requestId)).catch(() => reply.abandon(thrown));
}
