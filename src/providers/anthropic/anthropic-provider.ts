import type { Anthropic } from '@anthropic-ai/sdk';
import { withOpaqueUserId } from '../opaque-user-id.ts';
import type { Provider, SendOptions, UpstreamRequest } from '../provider.ts';
import { connectionError } from '../provider-error.ts';
import { decodeAnthropicMessage } from './decode-anthropic-message.ts';
import { AnthropicStreamDecoder } from './decode-anthropic-stream.ts';
import { encodeAnthropicRequest } from './encode-anthropic-request.ts';
import { claudeName, mapAnthropicError, mapAnthropicErrorResponse } from './map-anthropic-error.ts';

interface AnthropicProviderConfig {
  readonly apiKey: string;
  /** Without `/v1`. Absent: Anthropic's own. */
  readonly baseUrl?: string | undefined;
  readonly defaultModel: string;
  readonly fetch?: typeof fetch | undefined;
}

/** The version that still takes `temperature` and `top_p`: the client's own, 2026-10-21, refuses both. */
const apiVersion = '2023-06-01';

const defaultBaseUrl = 'https://api.anthropic.com';

/** In place of the client's ten minutes: how long a call may take is said by its signal alone. */
const dayMs = 86_400_000;

/** Claude through Anthropic's Messages API, by the vendor's own client. */
export function createAnthropicProvider(config: AnthropicProviderConfig): Provider {
  const post = createPost(config);
  const forward = createForward(config);
  const readCompletion = (body: string) => decodeAnthropicMessage(body, config.apiKey);
  const createDecoder = () => new AnthropicStreamDecoder(config.apiKey);
  return {
    id: 'claude',
    name: claudeName,
    type: 'ANTHROPIC',
    protocol: 'anthropic',
    defaultModel: config.defaultModel,
    send: async (call, { stream, signal }) => {
      const body = JSON.stringify(encodeAnthropicRequest(await withOpaqueUserId(call), stream));
      return post({ path: '/v1/messages', body }, signal);
    },
    forward: (request: UpstreamRequest, { signal }: SendOptions) => forward(request, signal),
    endpoints: {
      messages: { path: '/v1/messages', decodeResponse: readCompletion, createDecoder },
      countTokens: { path: '/v1/messages/count_tokens', decodeResponse: () => ({ finishReason: 'stop' }) },
    },
    decodeResponse: readCompletion,
    createDecoder,
  };
}

/** Sends a body as it is and resolves with the reply's headers. The client is loaded and made by the first call. */
function createPost(config: AnthropicProviderConfig) {
  let client: Anthropic | undefined;
  return async ({ path, body, headers }: UpstreamRequest, signal: AbortSignal): Promise<Response> => {
    const { Anthropic, APIError } = await import('@anthropic-ai/sdk');
    client ??= createClient(Anthropic, config);
    try {
      return await client.post(path, { body, headers: protocolHeaders(headers), signal }).asResponse();
    } catch (thrown) {
      if (!(thrown instanceof APIError) || thrown.status === undefined)
        throw connectionError(claudeName, signal, thrown);
      const { status, headers: replyHeaders, type, apiMessage } = thrown;
      throw mapAnthropicError({ status, headers: replyHeaders, type, message: apiMessage, apiKey: config.apiKey });
    }
  };
}

/** Sends a client's own body as it is, for which nothing of the vendor's client is needed. */
function createForward({ apiKey, baseUrl = defaultBaseUrl, ...config }: AnthropicProviderConfig) {
  const send = config.fetch ?? fetch;
  const start = baseUrl.replace(/\/$/, '');
  return async ({ path, body, headers: callers }: UpstreamRequest, signal: AbortSignal): Promise<Response> => {
    const headers = protocolHeaders(callers);
    headers.set('x-api-key', apiKey);
    headers.set('user-agent', 'ai-aggregator');
    const response = await send(`${start}${path}`, { method: 'POST', body, headers, signal }).catch((thrown) => {
      throw connectionError(claudeName, signal, thrown);
    });
    if (!response.ok) throw await mapAnthropicErrorResponse(response, apiKey);
    return response;
  };
}

/** Every option that the client would otherwise take from environment variables is set here. */
function createClient(Client: typeof Anthropic, config: AnthropicProviderConfig): Anthropic {
  const client = new Client({
    apiKey: config.apiKey,
    authToken: null,
    // The client would send the key as a bearer token; Anthropic's reference and what stands in front of it name this one.
    defaultHeaders: { 'x-api-key': config.apiKey, authorization: null },
    webhookKey: null,
    baseURL: config.baseUrl ?? defaultBaseUrl,
    maxRetries: 0,
    timeout: dayMs,
    logLevel: 'off',
    openTelemetry: false,
  });
  const send = config.fetch ?? fetch;
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
