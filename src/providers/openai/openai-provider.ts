import { GatewayError } from '../../domain/errors.ts';
import { withOpaqueUserId } from '../opaque-user-id.ts';
import type { Provider, ProviderOptions } from '../provider.ts';
import { decodeOpenAiChatCompletion } from './decode-openai-chat-completion.ts';
import { OpenAiStreamDecoder } from './decode-openai-chat-stream.ts';
import { encodeOpenAiChatRequest } from './encode-openai-chat-request.ts';
import { skipThoughtSignatureValidator } from './encode-openai-message.ts';
import { createEmbeddingsEndpoint } from './openai-embeddings-endpoint.ts';
import { createResponsesEndpoint, noResponsesMessage, responsesPath } from './openai-responses-endpoint.ts';
import { createForwarder, createSender } from './openai-sender.ts';

/** Whether a model that is not known refuses to be asked for reasoning. */
function isReasoningRefusal(error: unknown): boolean {
  return (
    error instanceof GatewayError &&
    error.code === 'invalid_request' &&
    /reasoning|thinking/i.test(`${error.param ?? ''} ${error.message}`)
  );
}

/** A provider that speaks OpenAI's Chat Completions: OpenAI itself, and the vendors that have taken over its protocol. */
export function createOpenAiProvider({
  descriptor,
  baseUrl,
  apiKey,
  isByok = false,
  ...options
}: ProviderOptions): Provider {
  const { id, displayName, quirks = {} } = descriptor;
  const { hasResponses, includeUsage = true, requiresDone = false } = quirks;
  const { requiresReasoningContent = false, thoughtSignatureModels } = quirks;
  const vendor = { name: displayName, apiKey, isByok };
  const sender = {
    vendor,
    baseUrl,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    missingPaths: hasResponses === undefined ? { [responsesPath]: noResponsesMessage(id) } : undefined,
  };
  const send = createSender(sender);
  const forward = createForwarder(sender);
  const requiresSignature = (model: string) => thoughtSignatureModels?.test(model.toLowerCase()) === true;
  const decodeResponse = (body: string) => decodeOpenAiChatCompletion(body, vendor);
  const createDecoder = () => new OpenAiStreamDecoder({ vendor, requiresDone });
  const createMeter = (replies?: number) =>
    new OpenAiStreamDecoder({ vendor, requiresDone, replies, skipsUnreadable: true });
  return {
    id,
    name: displayName,
    pricingVendor: descriptor.pricingVendor,
    translationTarget: { protocol: descriptor.protocol, hasTopK: descriptor.quirks?.hasTopK },
    isByok,
    masksErrors: apiKey !== undefined && !isByok,
    defaultModel: descriptor.defaultModel,
    send: async (request, { stream, signal }) => {
      const body = encodeOpenAiChatRequest(await withOpaqueUserId(request), descriptor, stream);
      const post = (fields: object) => send({ path: '/chat/completions', body: JSON.stringify(fields) }, signal);
      const sent = post(body);
      if (!request.translation || body.reasoning_effort === undefined) return await sent;
      return await sent.catch((error: unknown) => {
        if (!isReasoningRefusal(error)) throw error;
        request.translation?.adjust(['reasoning_effort']);
        return post({ ...body, reasoning_effort: undefined });
      });
    },
    forward: (request, { signal }) => forward(request, signal),
    endpoints: {
      chat: { path: '/chat/completions', needsIncludeUsage: includeUsage, decodeResponse, createDecoder: createMeter },
      embeddings: createEmbeddingsEndpoint('/embeddings', vendor),
      ...(hasResponses !== false && { responses: createResponsesEndpoint(vendor) }),
    },
    needsContinuation: ({ model }) => requiresReasoningContent || requiresSignature(model),
    wantsReasoning: requiresReasoningContent,
    placeholderSignature: (model) => (requiresSignature(model) ? skipThoughtSignatureValidator : undefined),
    decodeResponse,
    createDecoder,
  };
}
