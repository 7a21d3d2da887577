import type { Anthropic } from '@anthropic-ai/sdk';
import { withOpaqueUserId } from '../opaque-user-id.ts';
import type { Provider, ProviderOptions, UpstreamRequest } from '../provider.ts';
import { connectionError, type Vendor } from '../provider-error.ts';
import { decodeAnthropicMessage } from './decode-anthropic-message.ts';
import { AnthropicStreamDecoder } from './decode-anthropic-stream.ts';
import { encodeAnthropicRequest } from './encode-anthropic-request.ts';
import { mapAnthropicError, mapAnthropicErrorResponse } from './map-anthropic-error.ts';

/** The version that still takes `temperature` and `top_p`: the client's own, 2026-10-21, refuses both. */
const apiVersion = '2023-06-01';

/** In place of the client's ten minutes: the signal alone bounds a call. */
const dayMs = 86_400_000;

/** A provider that speaks Anthropic's Messages API. Its base URL is without `/v1`. */
export function createAnthropicProvider(options: ProviderOptions): Provider {
  const { descriptor, apiKey } = options;
  const vendor = { name: descriptor.displayName, apiKey };
  const post = createPost(options, vendor);
  const forward = createForward(options, vendor);
  const decodeResponse = (body: string) => decodeAnthropicMessage(body, vendor);
  const createDecoder = () => new AnthropicStreamDecoder(vendor);
  return {
    id: descriptor.id,
    name: descriptor.displayName,
    pricingVendor: descriptor.pricingVendor,
    defaultModel: descriptor.defaultModel,
    send: async (request, { stream, signal }) => {
      const body = JSON.stringify(encodeAnthropicRequest(await withOpaqueUserId(request), descriptor, stream));
      return post({ path: '/v1/messages', body }, signal);
    },
    forward: (request, { signal }) => forward(request, signal),
    endpoints: {
      messages: { path: '/v1/messages', decodeResponse, createDecoder },
      countTokens: { path: '/v1/messages/count_tokens', decodeResponse: () => ({ finishReason: 'stop' }) },
    },
    // Without an effort it does not think, and misses no thinking.
    needsContinuation: ({ reasoningEffort = 'none' }) => reasoningEffort !== 'none',
    decodeResponse,
    createDecoder,
  };
}

/** Sends a body as it is and resolves with the reply's headers. The client is loaded and created by the first call. */
function createPost(options: ProviderOptions, vendor: Vendor) {
  let client: Anthropic | undefined;
  return async ({ path, body, headers }: UpstreamRequest, signal: AbortSignal): Promise<Response> => {
    const { Anthropic, APIError } = await import('@anthropic-ai/sdk');
    client ??= createClient(Anthropic, options);
    try {
      return await client.post(path, { body, headers: protocolHeaders(headers), signal }).asResponse();
    } catch (thrown) {
      if (!(thrown instanceof APIError) || thrown.status === undefined)
        throw connectionError(vendor.name, signal, thrown);
      const { status, headers: replyHeaders, type, apiMessage } = thrown;
      throw mapAnthropicError({ status, headers: replyHeaders, type, message: apiMessage }, vendor);
    }
  };
}

/** Sends a client's own body as it is, without the vendor's client. */
function createForward({ apiKey, baseUrl, ...options }: ProviderOptions, vendor: Vendor) {
  const send = options.fetch ?? fetch;
  const root = baseUrl.replace(/\/$/, '');
  return async (request: UpstreamRequest, signal: AbortSignal): Promise<Response> => {
    const headers = protocolHeaders(request.headers);
    if (apiKey) headers.set('x-api-key', apiKey);
    headers.set('user-agent', 'ai-aggregator');
    const init = { method: 'POST', body: request.body, headers, signal };
    const response = await send(`${root}${request.path}`, init).catch((thrown) => {
      throw connectionError(vendor.name, signal, thrown);
    });
    if (!response.ok) throw await mapAnthropicErrorResponse(response, vendor);
    return response;
  };
}

/** Creates the vendor's client. Every option that it would otherwise read from environment variables is set here. */
function createClient(Client: typeof Anthropic, options: ProviderOptions): Anthropic {
  const { apiKey = null } = options;
  const client = new Client({
    apiKey,
    authToken: null,
    // The client would send the key as a bearer token; Anthropic's reference and what stands in front of it name this one.
    defaultHeaders: { 'x-api-key': apiKey, authorization: null },
    webhookKey: null,
    baseURL: options.baseUrl,
    maxRetries: 0,
    timeout: dayMs,
    logLevel: 'off',
    openTelemetry: false,
  });
  const send = options.fetch ?? fetch;
  // The client's own sending has a deadline, and follows the caller's signal only for as long as the body of the reply is
  // not collected as garbage, which the runtime may do while it still pumps that body.
  client.fetchWithTimeout = (url, init) => send(url, { ...init, method: 'POST' });
  return client;
}

function protocolHeaders(callers: UpstreamRequest['headers']): Headers {
  const headers = new Headers({ 'content-type': 'application/json', 'anthropic-version': apiVersion });
  for (const [name, value] of Object.entries(callers ?? {})) headers.set(name, value);
  return headers;
}
