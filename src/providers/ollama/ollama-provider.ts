import * as z from 'zod';
import { GatewayError } from '../../domain/errors.ts';
import { createEmbeddingsEndpoint } from '../openai/openai-embeddings-endpoint.ts';
import type { Provider, ProviderOptions } from '../provider.ts';
import { connectionError, mapProviderFailure } from '../provider-error.ts';
import { readErrorBody } from '../read-error-body.ts';
import { decodeOllamaChatReply } from './decode-ollama-chat-reply.ts';
import { OllamaStreamDecoder } from './decode-ollama-stream.ts';
import { decodeOllamaTools, firstCallNumber, wrapOllamaDecoder } from './decode-ollama-tools.ts';
import { encodeOllamaChatRequest } from './encode-ollama-chat-request.ts';

/** A provider that speaks Ollama's native API. Its base URL is without `/api`; no API key is sent. */
export function createOllamaProvider({ descriptor, baseUrl, fetch }: ProviderOptions): Provider {
  const { id, displayName, pricingVendor, defaultModel } = descriptor;
  const post = createPost({ baseUrl, fetch, vendorName: displayName });
  return {
    id,
    name: displayName,
    pricingVendor,
    translationTarget: { protocol: descriptor.protocol },
    defaultModel,
    send: async (request, { stream, signal }) => {
      const body = encodeOllamaChatRequest(request, displayName, stream);
      const sent = post('/api/chat', JSON.stringify(body), signal);
      if (!request.translation || !body.think) return await sent;
      return await sent.catch((error: unknown) => {
        if (!isThinkingRefusal(error)) throw error;
        request.translation?.adjust(['reasoning_effort']);
        return post('/api/chat', JSON.stringify({ ...body, think: undefined }), signal);
      });
    },
    // The one thing of OpenAI's protocol that is taken from it: its answer is the same as that of the native `/api/embed`.
    forward: async ({ path, body }, { signal }) => post(path, body, signal),
    endpoints: { embeddings: createEmbeddingsEndpoint('/v1/embeddings', { name: displayName, apiKey: undefined }) },
    decodeResponse: (body, request) =>
      decodeOllamaTools(decodeOllamaChatReply(body, displayName, firstCallNumber(request)), request),
    createDecoder: (request) =>
      wrapOllamaDecoder(new OllamaStreamDecoder(displayName, firstCallNumber(request)), request),
  };
}

/** Which models can think is not known beforehand: users add their own. */
function isThinkingRefusal(error: unknown): boolean {
  return error instanceof GatewayError && /does not support thinking/i.test(error.message);
}

interface PostOptions extends Pick<ProviderOptions, 'baseUrl' | 'fetch'> {
  readonly vendorName: string;
}

function createPost({ baseUrl, fetch: send = fetch, vendorName }: PostOptions) {
  const root = baseUrl.replace(/\/+$/, '');
  return async (path: string, body: string, signal: AbortSignal): Promise<Response> => {
    try {
      const headers = { 'content-type': 'application/json' };
      const response = await send(root + path, { method: 'POST', headers, body, signal, redirect: 'manual' });
      if (response.ok) return response;
      throw await readRefusal(response, vendorName);
    } catch (error) {
      throw error instanceof GatewayError ? error : connectionError(vendorName, signal, error);
    }
  };
}

/** The native API writes a text, the one that is like OpenAI's an object. */
const errorBodySchema = z.object({
  error: z.union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)]),
});

async function readRefusal(response: Response, vendorName: string): Promise<GatewayError> {
  const { status, headers } = response;
  const { text, isWhole } = await readErrorBody(response);
  return mapProviderFailure({
    vendor: { name: vendorName, apiKey: undefined },
    status,
    headers,
    message: errorBodySchema.safeParse(parseJson(text)).data?.error,
    body: isWhole ? text : undefined,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
