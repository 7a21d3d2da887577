import type { GatewayDependencies } from '../gateway/call-request.ts';
import { forward } from '../gateway/forward.ts';
import { type ForwardedStreamCall, forwardStream } from '../gateway/forward-stream.ts';
import type { HttpContext } from './context.ts';
import { noteAnswer } from './gateway-request.ts';
import { eventStreamHeaders } from './sse-writer.ts';

/** A body that goes on as it came to a provider that speaks its protocol. */
export interface Forwarded extends ForwardedStreamCall {
  readonly stream: boolean;
}

/** Answers with the provider's own bytes. */
export async function passOn(context: HttpContext, gateway: GatewayDependencies, call: Forwarded): Promise<Response> {
  const { provider, model } = call.chosen;
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
