import { GatewayError } from '../domain/errors.ts';
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
  requested: Pick<GatewayRequest, 'source' | 'provider' | 'model' | 'models' | 'needsOneModel' | 'reductionHint'>,
): GatewayRequest {
  return {
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
    principal: context.get('principal'),
    ...requested,
    maxAttempts: readMaxAttempts(context),
    sessionId: context.req.header('x-gateway-session') ?? context.req.header('x-claude-code-session-id'),
    endUser: context.req.header('x-gateway-user'),
    signal: context.get('clientSignal'),
    waitUntil: getWaitUntil(context),
  };
}

const maxAttemptsHeader = 'x-gateway-max-attempts';

/** Throws `invalid_request` for a header that is no number. */
function readMaxAttempts(context: HttpContext): number | undefined {
  const value = context.req.header(maxAttemptsHeader);
  if (value === undefined) return undefined;
  if (/^(?:[1-9]|10)$/.test(value)) return Number(value);
  throw new GatewayError('invalid_request', `${maxAttemptsHeader}: must be a number from 1 to 10.`);
}
