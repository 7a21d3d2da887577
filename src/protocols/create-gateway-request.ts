import { GatewayError } from '../domain/errors.ts';
import { type Attribution, readAttribution } from '../gateway/attribution.ts';
import type { GatewayRequest } from '../gateway/gateway-request.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';
import { LoggedRequest } from '../request-log/logged-request.ts';

/**
 * Returns how a client of a protocol makes its request smaller: by the first of the fields for the maximum of output tokens that it
 * has sent, or else by sending the first of them.
 */
export function createReductionHint(body: Readonly<Record<string, unknown>>, fields: readonly string[]): string {
  const sent = fields.find((field) => typeof body[field] === 'number');
  return sent === undefined ? `set ${fields[0]}` : `lower ${sent}`;
}

type Body = Readonly<Record<string, unknown>>;

type RequestedTarget = Pick<
  GatewayRequest,
  'source' | 'provider' | 'model' | 'models' | 'needsOneModel' | 'reductionHint'
>;

/**
 * Creates the gateway request of an HTTP request: its principal and ids from the context, its target as requested, and to whom it is
 * attributed from headers and body.
 */
export function createGatewayRequest(context: HttpContext, requested: RequestedTarget, body?: Body): GatewayRequest {
  const attribution = readRequestAttribution(context, body, requested);
  const { headers } = context.req.raw;
  // The spread goes first: V8 then copies the shape of `requested`, and else adds one property after the other.
  return {
    ...requested,
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
    principal: context.get('principal'),
    maxAttempts: readMaxAttempts(headers),
    endUser: attribution.endUser,
    sessionId: attribution.sessionId,
    tags: attribution.tags,
    log: context.get('log'),
    signal: context.get('clientSignal'),
    waitUntil: getWaitUntil(context),
  };
}

/** Reads to whom an HTTP request is attributed, and begins its log. Throws as `readAttribution` does. */
export function readRequestAttribution(
  context: HttpContext,
  body: Body | undefined,
  { source, provider, model, models }: RequestedTarget,
): Attribution {
  const { headers } = context.req.raw;
  const attribution = readAttribution(context.get('principal'), {
    user: headers.get('x-gateway-user'),
    session: headers.get('x-gateway-session'),
    tags: headers.get('x-gateway-tags'),
    claudeCodeSession: headers.get('x-claude-code-session-id'),
    body,
  });
  const requested = { source, provider, model: models?.[0] ?? model };
  context.set('log', new LoggedRequest({ path: context.req.routePath, ...attribution, requested }));
  return attribution;
}

const maxAttemptsHeader = 'x-gateway-max-attempts';

/** Throws `invalid_request` for a header that is no number. */
function readMaxAttempts(headers: Headers): number | undefined {
  const value = headers.get(maxAttemptsHeader);
  if (value === null) return undefined;
  if (/^(?:[1-9]|10)$/.test(value)) return Number(value);
  throw new GatewayError('invalid_request', `${maxAttemptsHeader}: must be a number from 1 to 10.`);
}
