import type { GatewayRequest } from '../gateway/gateway-request.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';

/**
 * Returns how a client of a protocol makes its request smaller: by the first of the fields for the maximum of output tokens that it
 * has sent, or else by sending the first of them.
 */
export function createReductionHint(body: Readonly<Record<string, unknown>>, fields: readonly string[]): string {
  const sent = fields.find((field) => typeof body[field] === 'number');
  return sent === undefined ? `set ${fields[0]}` : `lower ${sent}`;
}

/** Creates the gateway request of an HTTP request: its principal and ids from the context, its target as requested. */
export function createGatewayRequest(
  context: HttpContext,
  requested: Pick<GatewayRequest, 'source' | 'provider' | 'model' | 'reductionHint'>,
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
