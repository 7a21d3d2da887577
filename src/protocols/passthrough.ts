import type { Gateway } from '../gateway/gateway.ts';
import type { ForwardStreamRequest } from '../gateway/gateway-request.ts';
import type { HttpContext } from '../http/context.ts';
import { eventStreamHeaders } from '../http/sse-writer.ts';
import type { ClientProtocol } from './protocol.ts';

/** A client's own body for a provider that speaks the client's protocol. */
export interface PassthroughRequest extends Omit<ForwardStreamRequest, 'encodeError'> {
  /** The route's protocol, also where the client's headers match another. Its error event ends a stream that breaks off. */
  readonly protocol: ClientProtocol;
  readonly stream: boolean;
}

/** Responds with the provider's own bytes. */
export async function passthrough(
  context: HttpContext,
  gateway: Gateway,
  request: PassthroughRequest,
): Promise<Response> {
  if (request.stream) {
    const { body, report, ended } = await gateway.forwardStream({
      ...request,
      encodeError: (error, eventNumber) => request.protocol.errorEvent(error, request.requestId, eventNumber),
    });
    context.set('report', report);
    context.set('streamEnd', ended);
    return new Response(body, { headers: eventStreamHeaders });
  }
  const { body, report } = await gateway.forward(request);
  context.set('report', report);
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
