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
  const { headers } = context.req.raw;
  // The spread goes first: V8 then copies the shape of `requested`, and else adds one property after the other.
  return {
    ...requested,
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
    principal: context.get('principal'),
    maxAttempts: readMaxAttempts(headers),
    sessionId: headers.get('x-gateway-session') ?? headers.get('x-claude-code-session-id') ?? undefined,
    endUser: headers.get('x-gateway-user') ?? undefined,
    signal: context.get('clientSignal'),
    waitUntil: getWaitUntil(context),
  };
}

const maxAttemptsHeader = 'x-gateway-max-attempts';

/** Throws `invalid_request` for a header that is no number. */
function readMaxAttempts(headers: Headers): number | undefined {
  const value = headers.get(maxAttemptsHeader);
  if (value === null) return undefined;
  if (/^(?:[1-9]|10)$/.test(value)) return Number(value);
  throw new GatewayError('invalid_request', `${maxAttemptsHeader}: must be a number from 1 to 10.`);
}
