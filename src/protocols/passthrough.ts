import type { GatewayDependencies } from '../gateway/gateway-request.ts';
import { forward } from '../gateway/passthrough-request.ts';
import { type ForwardStreamRequest, forwardStream } from '../gateway/passthrough-stream.ts';
import type { HttpContext } from '../http/context.ts';
import { eventStreamHeaders } from '../http/sse-writer.ts';
import { noteAnswer } from './create-gateway-request.ts';

/** A body that goes on as it came to a provider that speaks its protocol. */
export interface PassthroughRequest extends ForwardStreamRequest {
  readonly stream: boolean;
}

/** Answers with the provider's own bytes. */
export async function passthrough(
  context: HttpContext,
  gateway: GatewayDependencies,
  call: PassthroughRequest,
): Promise<Response> {
  const { provider, model } = call.target;
  const note = (upstreamMs: number) => noteAnswer(context, { provider: provider.id, model, upstreamMs });
  if (call.stream) {
    const { body, upstreamMs } = await forwardStream(gateway, call);
    note(upstreamMs);
    return new Response(body, { headers: eventStreamHeaders });
  }
  const { body, upstreamMs } = await forward(gateway, call);
  note(upstreamMs);
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
