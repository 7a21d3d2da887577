import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import type { Provider } from '../provider.ts';
import { connectionError, providerError } from '../provider-error.ts';
import { ChatDecoder } from './chat-decoder.ts';
import { ollama } from './chat-reply.ts';
import { toChatRequest } from './chat-request.ts';
import { readChatReply } from './read-chat-reply.ts';

interface OllamaProviderConfig {
  /** Without `/api`: `http://localhost:11434`. */
  readonly baseUrl: string;
  readonly defaultModel: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** Ollama by its native API, which needs no more than `fetch`. */
export function createOllamaProvider(config: OllamaProviderConfig): Provider {
  const url = `${config.baseUrl.replace(/\/+$/, '')}/api/chat`;
  const send = config.fetch ?? fetch;
  return {
    id: 'ollama',
    name: ollama,
    type: 'OLLAMA',
    protocol: 'ollama',
    defaultModel: config.defaultModel,
    send: async (call, { stream, signal }) => {
      const body = JSON.stringify(toChatRequest(call, stream));
      try {
        const headers = { 'content-type': 'application/json' };
        const response = await send(url, { method: 'POST', headers, body, signal });
        if (response.ok) return response;
        throw await readRefusal(response);
      } catch (error) {
        throw error instanceof GatewayError ? error : connectionError(ollama, signal, error);
      }
    },
    readCompletion: readChatReply,
    createDecoder: () => new ChatDecoder(),
  };
}

const errorBodySchema = z.object({ error: z.string() });

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
