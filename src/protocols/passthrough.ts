import { GatewayError } from '../domain/errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { ForwardMediaRequest, ForwardStreamRequest } from '../gateway/gateway-request.ts';
import type { HttpContext } from '../http/context.ts';
import { eventStreamHeaders } from '../http/sse-writer.ts';
import { createUpstreamErrorResponse } from './error-response.ts';
import type { ClientProtocol } from './protocol.ts';

/** A client's own body for a provider that speaks the client's protocol. */
export interface PassthroughRequest extends Omit<ForwardStreamRequest, 'encodeError' | 'headers'> {
  /** The route's protocol, also where the client's headers match another. Its error event ends a stream that breaks off. */
  readonly protocol: ClientProtocol;
  readonly stream: boolean;
}

/** A client's own body for an endpoint whose replies may have any media type. */
export interface MediaPassthroughRequest extends Omit<ForwardMediaRequest, 'encodeError' | 'headers'> {
  readonly protocol: ClientProtocol;
}

/** Responds with the provider's own bytes and those of its headers that clients may see, also where it sent an error. */
export async function passthrough(
  context: HttpContext,
  gateway: Gateway,
  request: PassthroughRequest,
): Promise<Response> {
  return await withUpstreamErrors(context, () => passAttempt(context, gateway, request));
}

/** As `passthrough`, but rejects with an error of the provider: another target may answer. */
export async function passAttempt(
  context: HttpContext,
  gateway: Gateway,
  request: PassthroughRequest,
): Promise<Response> {
  return await forward(context, gateway, { ...request, headers: selectForwardedHeaders(context, request) });
}

/** As `passthrough`, with the content type that the provider's reply has. */
export async function passthroughMedia(
  context: HttpContext,
  gateway: Gateway,
  request: MediaPassthroughRequest,
): Promise<Response> {
  return await withUpstreamErrors(context, async () => {
    const { body, contentType, headers, report, ended } = await gateway.forwardMedia({
      ...request,
      headers: selectForwardedHeaders(context, request),
      encodeError: (error, eventNumber) => request.protocol.errorEvent(error, request.requestId, eventNumber),
    });
    context.set('report', report);
    const isStream = body instanceof ReadableStream;
    if (isStream) context.set('streamEnd', ended);
    const isEvents = contentType.startsWith('text/event-stream');
    return createReply(body, headers, isEvents ? eventStreamHeaders : { 'content-type': contentType });
  });
}

/** Answers an error of the provider in the provider's words. */
export async function withUpstreamErrors(context: HttpContext, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.upstream) return createUpstreamErrorResponse(context, thrown);
    throw thrown;
  }
}

const jsonHeaders = { 'content-type': 'application/json' };

/**
 * Creates the response of a reply with those of the provider's headers that the client gets, and with its own. Headers that are set one
 * by one cost the runtime a quarter of what a list of pairs does (docs/decisions/2026-11-25-hot-path.md).
 */
export function createReply(
  body: BodyInit,
  upstreamHeaders: readonly (readonly [name: string, value: string])[],
  ownHeaders: Readonly<Record<string, string>> = jsonHeaders,
): Response {
  const response = new Response(body);
  const { headers } = response;
  for (const [name, value] of upstreamHeaders) headers.set(name, value);
  for (const [name, value] of Object.entries(ownHeaders)) headers.set(name, value);
  return response;
}

async function forward(
  context: HttpContext,
  gateway: Gateway,
  request: PassthroughRequest & Pick<ForwardStreamRequest, 'headers'>,
): Promise<Response> {
  if (request.stream) {
    const { body, headers, report, ended } = await gateway.forwardStream({
      ...request,
      encodeError: (error, eventNumber) => request.protocol.errorEvent(error, request.requestId, eventNumber),
    });
    context.set('report', report);
    context.set('streamEnd', ended);
    return createReply(body, headers, eventStreamHeaders);
  }
  const { body, headers, report } = await gateway.forward(request);
  context.set('report', report);
  return createReply(body, headers);
}

/** Selects the client's headers that go to the provider. */
function selectForwardedHeaders(
  { req }: HttpContext,
  { protocol, target }: Pick<PassthroughRequest, 'protocol' | 'target'>,
): Record<string, string> | undefined {
  const { always, byok } = protocol.forwardedHeaders ?? { always: [], byok: [] };
  const selected: Record<string, string> = {};
  for (const name of target.provider.isByok ? [...always, ...byok] : always) {
    const value = req.header(name);
    if (value) selected[name] = value;
  }
  return selected;
}
