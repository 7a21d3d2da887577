import { withOpaqueUserId } from '../opaque-user-id.ts';
import type { Provider } from '../provider.ts';
import { decodeOpenAiChatCompletion } from './decode-openai-chat-completion.ts';
import { OpenAiStreamDecoder } from './decode-openai-chat-stream.ts';
import { encodeOpenAiChatRequest } from './encode-openai-chat-request.ts';
import { createEmbeddingsEndpoint } from './openai-embeddings-endpoint.ts';
import { createResponsesEndpoint, noResponsesMessage, responsesPath } from './openai-responses-endpoint.ts';
import { createForwarder, createSender } from './openai-sender.ts';

export interface OpenAiProviderOptions {
  /** What callers write as `provider`. */
  readonly id: string;
  /** For people, in errors and lists. */
  readonly name: string;
  readonly type: 'OPENAI' | 'OPENAI_COMPATIBLE' | 'STUB';
  /** As the official client takes it: ends in `/v1`. OpenAI's own where it is absent. */
  readonly baseUrl?: string | undefined;
  /** Absent where the vendor wants none: no `Authorization` is sent then. */
  readonly apiKey: string | undefined;
  readonly defaultModel: string | undefined;
  /** False for a vendor that refuses `stream_options`. True where it is absent. */
  readonly includeUsage?: boolean | undefined;
  /** False for a vendor that ends its streams without `[DONE]`. True where it is absent. */
  readonly requiresDone?: boolean | undefined;
  /** The runtime's where it is absent. */
  readonly fetch?: typeof fetch | undefined;
}

/** A provider that speaks OpenAI's Chat Completions: OpenAI itself, and whoever took over its protocol. */
export function createOpenAiProvider(options: OpenAiProviderOptions): Provider {
  const { id, name, type, apiKey, defaultModel, includeUsage = true, requiresDone = true } = options;
  const vendor = { name, apiKey };
  const sender = {
    vendor,
    baseUrl: options.baseUrl ?? 'https://api.openai.com/v1',
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    missing: type === 'OPENAI_COMPATIBLE' ? { [responsesPath]: noResponsesMessage(id) } : undefined,
  };
  const send = createSender(sender);
  const forward = createForwarder(sender);
  const readCompletion = (body: string) => decodeOpenAiChatCompletion(body, vendor);
  const createDecoder = () => new OpenAiStreamDecoder({ vendor, requiresDone });
  return {
    id,
    name,
    type,
    protocol: 'openai',
    defaultModel,
    send: async (call, { stream, signal }) => {
      const body = JSON.stringify(
        encodeOpenAiChatRequest(await withOpaqueUserId(call), { type, stream, includeUsage }),
      );
      return send({ path: '/chat/completions', body }, signal);
    },
    forward: (request, { signal }) => forward(request, signal),
    endpoints: {
      chat: {
        path: '/chat/completions',
        needsIncludeUsage: includeUsage,
        decodeResponse: readCompletion,
        createDecoder,
      },
      embeddings: createEmbeddingsEndpoint('/embeddings', name),
      ...(type === 'STUB' ? {} : { responses: createResponsesEndpoint(vendor) }),
    },
    decodeResponse: readCompletion,
    createDecoder,
  };
}
