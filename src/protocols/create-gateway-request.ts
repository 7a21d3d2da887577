import type { GatewayRequest } from '../gateway/gateway-request.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';

/** Who asks, and of whom, as far as the request's context knows. */
export function createGatewayRequest(
  context: HttpContext,
  asked: Pick<GatewayRequest, 'source' | 'provider' | 'model'>,
): GatewayRequest {
  return {
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
    principal: context.get('principal'),
    ...asked,
    signal: context.get('clientSignal'),
    waitUntil: getWaitUntil(context),
    noteLimits: (limits, admitMs) => {
      context.set('limits', limits);
      context.get('timing').admit = admitMs;
    },
  };
}

/** Leaves in the request's log and headers who answered, and how long that took. */
export function noteAnswer(
  context: HttpContext,
  { provider, model, upstreamMs }: { provider: string; model: string; upstreamMs: number },
): void {
  Object.assign(context.get('logged'), { provider, model });
  context.get('timing').upstream = upstreamMs;
}
