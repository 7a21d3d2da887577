import type { GatewayRequest } from '../gateway/gateway-request.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';

/** Creates the gateway request of an HTTP request: its principal and ids from the context, its target as requested. */
export function createGatewayRequest(
  context: HttpContext,
  requested: Pick<GatewayRequest, 'source' | 'provider' | 'model'>,
): GatewayRequest {
  return {
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
    principal: context.get('principal'),
    ...requested,
    signal: context.get('clientSignal'),
    waitUntil: getWaitUntil(context),
  };
}
