import type { GatewayDependencies } from '../gateway/gateway-request.ts';
import { forward } from '../gateway/passthrough-request.ts';
import { type ForwardStreamRequest, forwardStream } from '../gateway/passthrough-stream.ts';
import type { HttpContext } from '../http/context.ts';
import { eventStreamHeaders } from '../http/sse-writer.ts';
import { noteAnswer } from './create-gateway-request.ts';
import type { ClientProtocol } from './protocol.ts';

/** A client's own body on its way to a provider that speaks the same protocol. */
export interface PassthroughRequest extends Omit<ForwardStreamRequest, 'encodeError'> {
  /** The route's own, whatever headers the client sends. Its error event ends a stream that the provider breaks off. */
  readonly protocol: ClientProtocol;
  readonly stream: boolean;
}

/** Responds with the provider's own bytes. */
export async function passthrough(
  context: HttpContext,
  gateway: GatewayDependencies,
  call: PassthroughRequest,
): Promise<Response> {
  const { provider, model } = call.target;
  const note = (upstreamMs: number) => noteAnswer(context, { provider: provider.id, model, upstreamMs });
  if (call.stream) {
    const { body, upstreamMs } = await forwardStream(gateway, {
      ...call,
      encodeError: (error, sequenceNumber) => call.protocol.errorEvent(error, call.requestId, sequenceNumber),
    });
    note(upstreamMs);
    return new Response(body, { headers: eventStreamHeaders });
  }
  const { body, upstreamMs } = await forward(gateway, call);
  note(upstreamMs);
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
