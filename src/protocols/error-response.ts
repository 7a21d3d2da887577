import { type GatewayError, toGatewayError } from '../domain/errors.ts';
import { ClientDisconnectedError } from '../gateway/deadlines.ts';
import type { HttpContext } from '../http/context.ts';
import { encodeAnthropicError } from './anthropic/encode-anthropic-error.ts';
import { encodeOpenAiError } from './openai/encode-openai-error.ts';
import { clientProtocol } from './protocol.ts';

/**
 * Turns whatever was thrown into an error of the client's protocol; the house's is
 * `{"error":{"code","message","requestId"}}`.
 */
export function createErrorResponse(thrown: unknown, context: HttpContext): Response {
  // Nobody is there to read it; the status is for the access log.
  if (thrown instanceof ClientDisconnectedError) {
    context.set('report', thrown.report);
    return new Response(null, { status: 499 });
  }
  const error = toGatewayError(thrown);
  recordError(context, error);
  const body = JSON.stringify(errorBody(error, context));
  return new Response(body, { status: error.status, headers: createErrorHeaders(error) });
}

function errorBody(error: GatewayError, context: HttpContext): object {
  const requestId = context.get('requestId');
  switch (clientProtocol(context)) {
    case 'openai':
      return encodeOpenAiError(error);
    case 'anthropic':
      return encodeAnthropicError(error, requestId);
    case 'native':
      return { error: { code: error.code, message: error.message, requestId } };
  }
}

/** Records the error that a request ended in, and what it reports, for headers and the log. */
export function recordError(context: HttpContext, error: GatewayError): void {
  context.set('error', error);
  if (error.report) context.set('report', error.report);
}

/** The headers of a reply that is an error: whether and when the same call may be made again. */
export function createErrorHeaders(error: GatewayError): Headers {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (!error.retryable) headers.set('x-should-retry', 'false');
  const retryAfter = error.retryAfterSeconds ?? (error.code === 'unavailable' ? 1 : undefined);
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return headers;
}
