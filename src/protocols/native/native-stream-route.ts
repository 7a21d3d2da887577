import { toGatewayError } from '../../domain/errors.ts';
import { type StreamingCall, stream } from '../../gateway/chat-stream.ts';
import { ClientGoneError } from '../../gateway/deadlines.ts';
import type { GatewayDependencies } from '../../gateway/gateway-request.ts';
import { type HttpContext, waitUntilOf } from '../../http/context.ts';
import { eventStreamHeaders } from '../../http/sse-writer.ts';
import { noteAnswer } from '../create-gateway-request.ts';
import { describeResult } from './encode-native-result.ts';
import { HouseEventWriter, shortened } from './native-event-writer.ts';
import { readChatRequest } from './parse-native-chat-request.ts';
import { KeptStream } from './replayable-stream.ts';

/** `POST /stream`: one call, its reply as server-sent events while it is produced. */
export function streamCompletion(gateway: GatewayDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const request = await readChatRequest(context, 'stream');
    const call = await stream(gateway, request);
    noteAnswer(context, call);
    // A native pipe: the end of the client is seen, and no JavaScript stream stands in the way of each chunk.
    const { readable, writable } = new IdentityTransformStream();
    const reply = new KeptStream(new HouseEventWriter(writable, gateway.now), context.get('answerClaim'));
    waitUntilOf(context)(writeEvents(call, reply, request.requestId));
    return new Response(readable, { headers: eventStreamHeaders });
  };
}

/** Never rejects: what goes wrong is the last event of the stream, or nobody's business any more. */
async function writeEvents(call: StreamingCall, reply: KeptStream, requestId: string): Promise<void> {
  const { provider, model } = call;
  try {
    await reply.write({ type: 'start', requestId, provider, model });
    let refusal = '';
    for (let events = await call.events.read(); events; events = await call.events.read()) {
      for (const event of events) {
        if (event.type === 'text') await reply.writeText(event.text);
        else if (event.type === 'refusal') refusal += event.text;
        else if (event.type === 'done') {
          const last = describeResult(event.result, provider, model);
          await reply.end({ type: 'done', ...last, ...(refusal === '' ? {} : { refusal: shortened(refusal) }) });
        }
      }
    }
  } catch (thrown) {
    await endEarly(call, reply, requestId, thrown);
  }
}

async function endEarly(call: StreamingCall, reply: KeptStream, requestId: string, thrown: unknown): Promise<void> {
  // Settles the call where it was the client's side that broke and nobody has told the provider yet.
  await call.events.stop();
  if (thrown instanceof ClientGoneError) return await reply.abandon(thrown);
  const { code, message } = toGatewayError(thrown);
  await reply.fail({ type: 'error', code, message: shortened(message), requestId }).catch(() => reply.abandon(thrown));
}
