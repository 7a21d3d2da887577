import { type GatewayError, toGatewayError } from '../domain/errors.ts';
import { ClientDisconnectedError } from '../gateway/deadlines.ts';
import type { HttpContext } from '../http/context.ts';

/** Turns what a route has thrown into an error response of the client's protocol. */
export function createErrorResponse(thrown: unknown, context: HttpContext): Response {
  // The client has disconnected: the status is for the log only.
  if (thrown instanceof ClientDisconnectedError) {
    context.set('report', thrown.report);
    return new Response(null, { status: 499 });
  }
  const error = toGatewayError(thrown);
  recordError(context, error);
  const body = JSON.stringify(context.get('protocol').errorBody(error, context.get('requestId')));
  return new Response(body, { status: error.status, headers: createErrorHeaders(error) });
}

/** Responds with the status and the body of the provider's own error. */
export function createUpstreamErrorResponse(context: HttpContext, error: GatewayError): Response {
  recordError(context, error);
  const { status = error.status, body, headers = [] } = error.upstream ?? {};
  const all = createErrorHeaders(error);
  for (const [name, value] of headers) all.set(name, value);
  return new Response(body, { status, headers: all });
}

/** Records the error that a request ended in, and what it reports, for headers and the log. */
export function recordError(context: HttpContext, error: GatewayError): void {
  context.set('error', error);
  if (error.report) context.set('report', error.report);
}

/** Builds the headers of an error response, which say who caused it, whether and when to retry, and what the route accepts. */
export function createErrorHeaders(error: GatewayError): Headers {
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  headers.set('x-gateway-error-source', error.origin);
  if (!error.retryable) headers.set('x-should-retry', 'false');
  const retryAfter = error.retryAfterSeconds ?? (error.code === 'unavailable' ? 1 : undefined);
  if (error.code === 'upgrade_required') headers.set('upgrade', 'websocket');
  if (error.allowedMethods) headers.set('allow', error.allowedMethods.join(', '));
  if (error.acceptEncoding !== undefined) headers.set('accept-encoding', error.acceptEncoding);
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return headers;
}
