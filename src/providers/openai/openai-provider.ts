import { withOpaqueUserId } from '../opaque-user-id.ts';
import type { Endpoint, MediaEndpointName, Provider, ProviderOptions } from '../provider.ts';
import type { Vendor } from '../provider-error.ts';
import { decodeOpenAiChatCompletion } from './decode-openai-chat-completion.ts';
import { OpenAiStreamDecoder } from './decode-openai-chat-stream.ts';
import { encodeOpenAiChatRequest, getMaxTokensField } from './encode-openai-chat-request.ts';
import { skipThoughtSignatureValidator } from './encode-openai-message.ts';
import { createCompletionsEndpoint } from './openai-completions-endpoint.ts';
import { createEmbeddingsEndpoint } from './openai-embeddings-endpoint.ts';
import { createMediaEndpoint } from './openai-media-endpoint.ts';
import { createModelLister } from './openai-model-list.ts';
import { createModerationsEndpoint } from './openai-moderations-endpoint.ts';
import {
  compactPath,
  createCompactEndpoint,
  createResponsesEndpoint,
  noResponsesMessage,
  responsesPath,
} from './openai-responses-endpoint.ts';
import { createForwarder, createObjectRequester, createSender } from './openai-sender.ts';
import { retryWithoutEffort } from './retry-without-effort.ts';

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
  const { requiresReasoningContent = false, thoughtSignatureModels, isTextOnly = false } = quirks;
  const vendor = { name: displayName, apiKey, isByok };
  const otherEndpoints = createOtherEndpoints(vendor);
  const sender = {
    vendor,
    baseUrl,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    optionalPaths: [compactPath, ...Object.values(otherEndpoints).map(({ path }) => path)],
    missingPaths: hasResponses === undefined ? { [responsesPath]: noResponsesMessage(id) } : undefined,
  };
  const send = createSender(sender);
  const forward = createForwarder(sender);
  const requestObject = createObjectRequester(sender);
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
      const encoded = encodeOpenAiChatRequest(await withOpaqueUserId(request), descriptor, stream);
      return await retryWithoutEffort(encoded, request, (body) =>
        send({ path: '/chat/completions', body: JSON.stringify(body) }, signal),
      );
    },
    forward: (request, { signal }) => forward(request, signal),
    ...(hasResponses !== false && { requestObject }),
    ...(descriptor.hasModelList !== false && {
      listModels: createModelLister({ vendor, privateModels: descriptor.privateModels, request: requestObject }),
    }),
    endpoints: {
      chat: { path: '/chat/completions', needsIncludeUsage: includeUsage, decodeResponse, createDecoder: createMeter },
      completions: createCompletionsEndpoint({ vendor, needsIncludeUsage: includeUsage, requiresDone }),
      embeddings: createEmbeddingsEndpoint('/embeddings', vendor),
      ...(!isTextOnly && otherEndpoints),
      ...(hasResponses !== false && {
        responses: createResponsesEndpoint(vendor),
        compactResponses: createCompactEndpoint(vendor),
      }),
    },
    needsContinuation: ({ model }) => requiresReasoningContent || requiresSignature(model),
    wantsReasoning: requiresReasoningContent,
    getMaxTokensField: (model) => getMaxTokensField(model, quirks),
    placeholderSignature: (model) => (requiresSignature(model) ? skipThoughtSignatureValidator : undefined),
    decodeResponse,
    createDecoder,
  };
}

/** Whether a compatible vendor has these is not known: it answers 404 where it has not. */
function createOtherEndpoints(vendor: Vendor): Record<MediaEndpointName | 'moderations', Endpoint> {
  return {
    moderations: createModerationsEndpoint(vendor),
    imageGenerations: createMediaEndpoint('/images/generations', 'image', vendor),
    imageEdits: createMediaEndpoint('/images/edits', 'image_edit', vendor),
    imageVariations: createMediaEndpoint('/images/variations', 'image_edit', vendor),
    speech: createMediaEndpoint('/audio/speech', 'speech', vendor),
    transcriptions: createMediaEndpoint('/audio/transcriptions', 'transcript', vendor),
    translations: createMediaEndpoint('/audio/translations', 'transcript', vendor),
  };
}
