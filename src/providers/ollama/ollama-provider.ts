import * as z from 'zod';
import { GatewayError } from '../../domain/errors.ts';
import { embeddingsEndpoint } from '../openai/openai-embeddings-endpoint.ts';
import type { Provider } from '../provider.ts';
import { connectionError, providerError } from '../provider-error.ts';
import { readChatReply } from './decode-ollama-chat-reply.ts';
import { ollama } from './decode-ollama-reply-fields.ts';
import { ChatDecoder } from './decode-ollama-stream.ts';
import { toChatRequest } from './encode-ollama-chat-request.ts';

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
    name: ollama,
    type: 'OLLAMA',
    protocol: 'ollama',
    defaultModel: config.defaultModel,
    send: async (call, { stream, signal }) => {
      const body = JSON.stringify(toChatRequest(call, stream));
      return await post('/api/chat', body, signal);
    },
    // The one thing of OpenAI's protocol that is taken from it: its answer is the same as that of the native `/api/embed`.
    forward: async ({ path, body }, { signal }) => post(path, body, signal),
    endpoints: { embeddings: embeddingsEndpoint('/v1/embeddings', ollama) },
    readCompletion: readChatReply,
    createDecoder: () => new ChatDecoder(),
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
      throw error instanceof GatewayError ? error : connectionError(ollama, signal, error);
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
  return providerError({ provider: ollama, status, headers, message: errorBodySchema.safeParse(body).data?.error });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
