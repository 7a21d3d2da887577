import { type GatewayError, toGatewayError } from '../domain/errors.ts';
import { ClientDisconnectedError } from '../gateway/deadlines.ts';
import type { HttpContext } from '../http/context.ts';
import { errorName } from '../lib/logger.ts';

/** Turns what a route has thrown into an error response of the client's protocol. */
export function createErrorResponse(thrown: unknown, context: HttpContext): Response {
  // The client has left: the status is for the access log.
  if (thrown instanceof ClientDisconnectedError) return new Response(null, { status: 499 });
  const error = toGatewayError(thrown);
  noteError(context, error);
  const body = JSON.stringify(context.get('protocol').errorBody(error, context.get('requestId')));
  return new Response(body, { status: error.status, headers: createErrorHeaders(error) });
}

/** Records in the access log what kind of error ended a request. */
export function noteError(context: HttpContext, error: GatewayError): void {
  const logged = context.get('logged');
  logged.errorCode = error.code;
  if (error.cause !== undefined) logged.cause = errorName(error.cause);
}

/** Builds the headers of an error response, which say whether and when to retry. */
export function createErrorHeaders(error: GatewayError): Headers {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (!error.retryable) headers.set('x-should-retry', 'false');
  const retryAfter = error.retryAfterSeconds ?? (error.code === 'unavailable' ? 1 : undefined);
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return headers;
}
