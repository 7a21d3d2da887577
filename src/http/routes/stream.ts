import { toGatewayError } from '../../core/errors.ts';
import type { GatewayDependencies } from '../../gateway/call-request.ts';
import { ClientGoneError } from '../../gateway/deadlines.ts';
import { type StreamingCall, stream } from '../../gateway/stream.ts';
import { readChatRequest } from '../chat-body.ts';
import { describeResult } from '../chat-reply.ts';
import { type HttpContext, waitUntilOf } from '../context.ts';
import { HouseEventWriter, shortened } from '../house-events.ts';

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  // `no-transform` keeps proxies from compressing, and so from gathering, what has to arrive chunk by chunk.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** `POST /stream`: one call, its reply as server-sent events while it is produced. */
export function streamCompletion(gateway: GatewayDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const request = await readChatRequest(context, 'stream');
    const call = await stream(gateway, request);
    Object.assign(context.get('logged'), { provider: call.provider, model: call.model });
    context.get('timing').upstream = call.upstreamMs;
    // A native pipe: the end of the client is seen, and no JavaScript stream stands in the way of each chunk.
    const { readable, writable } = new IdentityTransformStream();
    const writer = new HouseEventWriter(writable, gateway.now);
    waitUntilOf(context)(writeEvents(call, writer, request.requestId));
    return new Response(readable, { headers });
  };
}

/** Never rejects: what goes wrong is the last event of the stream, or nobody's business any more. */
async function writeEvents(call: StreamingCall, writer: HouseEventWriter, requestId: string): Promise<void> {
  const { provider, model } = call;
  try {
    await writer.write({ type: 'start', requestId, provider, model });
    let refusal = '';
    for await (const events of call.events) {
      for (const event of events) {
        if (event.type === 'text') await writer.writeText(event.text);
        else if (event.type === 'refusal') refusal += event.text;
        else if (event.type === 'done') {
          const last = describeResult(event.result, provider, model);
          await writer.end({ type: 'done', ...last, ...(refusal === '' ? {} : { refusal: shortened(refusal) }) });
        }
      }
    }
  } catch (thrown) {
    await endEarly(call, writer, requestId, thrown);
  }
}

async function endEarly(
  call: StreamingCall,
  writer: HouseEventWriter,
  requestId: string,
  thrown: unknown,
): Promise<void> {
  if (thrown instanceof ClientGoneError) return await writer.abandon(thrown);
  // Settles the call where it was the client's side that broke and nobody has told the provider yet.
  await call.events.return();
  const { code, message } = toGatewayError(thrown);
  await writer.end({ type: 'error', code, message: shortened(message), requestId }).catch(() => writer.abandon(thrown));
}
