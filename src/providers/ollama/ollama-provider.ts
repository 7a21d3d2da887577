import * as z from 'zod';
import { GatewayError } from '../../domain/errors.ts';
import { createEmbeddingsEndpoint } from '../openai/openai-embeddings-endpoint.ts';
import type { Provider } from '../provider.ts';
import { connectionError, mapProviderFailure } from '../provider-error.ts';
import { decodeOllamaChatReply } from './decode-ollama-chat-reply.ts';
import { ollamaName } from './decode-ollama-reply-fields.ts';
import { OllamaStreamDecoder } from './decode-ollama-stream.ts';
import { encodeOllamaChatRequest } from './encode-ollama-chat-request.ts';

interface OllamaProviderConfig {
  /** Without `/api`: `http://localhost:11434`. */
  readonly baseUrl: string;
  readonly defaultModel: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** Ollama by its native API, which needs no more than `fetch`. */
export function createOllamaProvider(config: OllamaProviderConfig): Provider {
  const post = createPost(config);
  return {
    id: 'ollama',
    name: ollamaName,
    type: 'OLLAMA',
    protocol: 'ollama',
    defaultModel: config.defaultModel,
    send: async (call, { stream, signal }) => {
      const body = JSON.stringify(encodeOllamaChatRequest(call, stream));
      return await post('/api/chat', body, signal);
    },
    // The one thing of OpenAI's protocol that is taken from it: its answer is the same as that of the native `/api/embed`.
    forward: async ({ path, body }, { signal }) => post(path, body, signal),
    endpoints: { embeddings: createEmbeddingsEndpoint('/v1/embeddings', ollamaName) },
    decodeResponse: decodeOllamaChatReply,
    createDecoder: () => new OllamaStreamDecoder(),
  };
}

function createPost({ baseUrl, fetch: send = fetch }: OllamaProviderConfig) {
  const root = baseUrl.replace(/\/+$/, '');
  return async (path: string, body: string, signal: AbortSignal): Promise<Response> => {
    try {
      const headers = { 'content-type': 'application/json' };
      const response = await send(root + path, { method: 'POST', headers, body, signal });
      if (response.ok) return response;
      throw await readRefusal(response);
    } catch (error) {
      throw error instanceof GatewayError ? error : connectionError(ollamaName, signal, error);
    }
  };
}

/** The native API writes a text, the one that is like OpenAI's an object. */
const errorBodySchema = z.object({
  error: z.union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)]),
});

async function readRefusal(response: Response): Promise<GatewayError> {
  const { status, headers } = response;
  const body = parseJson(await response.text());
  return mapProviderFailure({
    provider: ollamaName,
    status,
    headers,
    message: errorBodySchema.safeParse(body).data?.error,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
