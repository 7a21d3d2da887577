import { type GatewayError, toGatewayError } from '../core/errors.ts';
import { errorName } from '../core/logger.ts';
import { ClientGoneError } from '../gateway/deadlines.ts';
import type { HttpContext } from './context.ts';

/** Turns whatever was thrown into the house's one shape of error: `{"error":{"code","message","requestId"}}`. */
export function errorResponse(thrown: unknown, context: HttpContext): Response {
  // Nobody is there to read it; the status is for the access log.
  if (thrown instanceof ClientGoneError) return new Response(null, { status: 499 });
  const error = toGatewayError(thrown);
  noteError(context, error);
  const { code, message } = error;
  const body = JSON.stringify({ error: { code, message, requestId: context.get('requestId') } });
  return new Response(body, { status: error.status, headers: errorHeaders(error) });
}

/** Leaves in the access log what kind of error a request ended in. */
export function noteError(context: HttpContext, error: GatewayError): void {
  const logged = context.get('logged');
  logged.errorCode = error.code;
  if (error.cause !== undefined) logged.cause = errorName(error.cause);
}

function errorHeaders(error: GatewayError): Headers {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (!error.retryable) headers.set('x-should-retry', 'false');
  const retryAfter = error.retryAfterSeconds ?? (error.code === 'unavailable' ? 1 : undefined);
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return headers;
}
