import type { Anthropic } from '@anthropic-ai/sdk';
import { GatewayError } from '../../domain/errors.ts';
import { asJsonText } from '../as-json-text.ts';
import { withOpaqueUserId } from '../opaque-user-id.ts';
import type { Provider, ProviderOptions, UpstreamRequest } from '../provider.ts';
import { connectionError, type Vendor } from '../provider-error.ts';
import { decodeAnthropicMessage } from './decode-anthropic-message.ts';
import { AnthropicStreamDecoder } from './decode-anthropic-stream.ts';
import { encodeAnthropicRequest } from './encode-anthropic-request.ts';
import { mapAnthropicErrorResponse, throwAnthropicError } from './map-anthropic-error.ts';
import { markCachePrefixes } from './mark-cache-prefixes.ts';

/** The version that still takes `temperature` and `top_p`: the client's own, 2026-10-21, refuses both. */
const apiVersion = '2023-06-01';

/** In place of the client's ten minutes: the signal alone bounds a call. */
const dayMs = 86_400_000;

/** A provider that speaks Anthropic's Messages API. Its base URL is without `/v1`. */
export function createAnthropicProvider(options: ProviderOptions): Provider {
  const { descriptor, apiKey, isByok = false } = options;
  const vendor = { name: descriptor.displayName, apiKey, isByok };
  const fetchReply = createFetch(options, vendor);
  const post = createPost(options, vendor, fetchReply);
  const forward = createForward(options, vendor, fetchReply);
  const decodeResponse = (body: string) => decodeAnthropicMessage(body, vendor);
  const createDecoder = () => new AnthropicStreamDecoder(vendor);
  return {
    id: descriptor.id,
    name: descriptor.displayName,
    pricingVendor: descriptor.pricingVendor,
    translationTarget: { protocol: descriptor.protocol },
    isByok,
    masksErrors: apiKey !== undefined && !isByok,
    defaultModel: descriptor.defaultModel,
    send: async (request, { stream, signal }) => {
      const encoded = encodeAnthropicRequest(await withOpaqueUserId(request), descriptor, stream);
      const text = JSON.stringify(encoded);
      const body = request.promptCache === 'auto' ? markCachePrefixes(text, { ...encoded }) : text;
      return post({ path: '/v1/messages', body }, signal);
    },
    forward: (request, { signal }) => forward(request, signal),
    endpoints: {
      messages: {
        path: '/v1/messages',
        decodeResponse,
        markPromptCache: markCachePrefixes,
        createDecoder: () => new AnthropicStreamDecoder(vendor, { skipsUnreadable: true }),
      },
      countTokens: {
        path: '/v1/messages/count_tokens',
        decodeResponse(body) {
          throwAnthropicError(body, vendor);
          return { finishReason: 'stop' };
        },
      },
    },
    // Without an effort it does not think, and misses no thinking.
    needsContinuation: ({ reasoningEffort = 'none' }) => reasoningEffort !== 'none',
    decodeResponse,
    createDecoder,
  };
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Sends a request and resolves with a 2xx reply. Throws a GatewayError for any other, a redirect included: the key and the prompt
 * are for this vendor. Reads failures itself, for the official client reads an error's body to its end, however long it is.
 */
function createFetch({ fetch: send = fetch }: ProviderOptions, vendor: Vendor): Fetch {
  return async (url, init) => {
    const response = await send(url, { ...init, method: 'POST', redirect: 'manual' });
    if (!response.ok) throw await mapAnthropicErrorResponse(response, vendor);
    return response;
  };
}

/** Sends a body as it is and resolves with the reply's headers. The client is loaded and created by the first call. */
function createPost(options: ProviderOptions, vendor: Vendor, fetchReply: Fetch) {
  let client: Anthropic | undefined;
  return async ({ path, body, headers }: UpstreamRequest, signal: AbortSignal): Promise<Response> => {
    const { Anthropic } = await import('@anthropic-ai/sdk');
    client ??= createClient(Anthropic, options, fetchReply);
    try {
      return await client
        .post(path, { body: asJsonText(body), headers: protocolHeaders(headers), signal })
        .asResponse();
    } catch (thrown) {
      // The client wraps what its fetch throws.
      if (thrown instanceof Error && thrown.cause instanceof FailedReply) throw thrown.cause.error;
      throw connectionError(vendor.name, signal, thrown);
    }
  };
}

/** Carries the error of a reply through the client, which drops an error whose own text, or cause, speaks of a time-out. */
class FailedReply extends Error {
  readonly error: GatewayError;

  constructor(error: GatewayError) {
    super('The reply is an error.');
    this.error = error;
  }
}

/** Sends a client's own body as it is, without the vendor's client. */
function createForward({ apiKey, baseUrl }: ProviderOptions, vendor: Vendor, fetchReply: Fetch) {
  const root = baseUrl.replace(/\/$/, '');
  return async (request: UpstreamRequest, signal: AbortSignal): Promise<Response> => {
    const headers = protocolHeaders(request.headers);
    if (apiKey) headers.set('x-api-key', apiKey);
    headers.set('user-agent', 'ai-aggregator');
    try {
      return await fetchReply(`${root}${request.path}`, { body: asJsonText(request.body), headers, signal });
    } catch (thrown) {
      throw thrown instanceof GatewayError ? thrown : connectionError(vendor.name, signal, thrown);
    }
  };
}

/** Creates the vendor's client. Every option that it would otherwise read from environment variables is set here. */
function createClient(Client: typeof Anthropic, options: ProviderOptions, fetchReply: Fetch): Anthropic {
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
  // The client's own sending has a deadline, and follows the caller's signal only for as long as the body of the reply is
  // not collected as garbage, which the runtime may do while it still pumps that body.
  client.fetchWithTimeout = (url, init) =>
    fetchReply(String(url), init ?? {}).catch((thrown: unknown) => {
      throw thrown instanceof GatewayError ? new FailedReply(thrown) : thrown;
    });
  return client;
}

function protocolHeaders(callers: UpstreamRequest['headers']): Headers {
  const headers = new Headers({ 'content-type': 'application/json', 'anthropic-version': apiVersion });
  for (const [name, value] of Object.entries(callers ?? {})) headers.set(name, value);
  return headers;
}
