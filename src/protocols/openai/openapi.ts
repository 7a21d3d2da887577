import { createRoute, z } from '@hono/zod-openapi';
import { refTo } from '../../build/openapi/components.ts';
import { callErrors, errorResponses, guardErrors } from '../../build/openapi/error-responses.ts';
import { headerRefs, limitHeaders } from '../../build/openapi/headers.ts';
import { body, json, jsonOrEvents, withKey } from '../../build/openapi/operation.ts';
import { anthropicModel, anthropicModelList } from '../anthropic/anthropic-openapi-responses.ts';
import { chatCompletionRequest, embeddingsRequest, responsesRequest } from './openai-openapi-request.ts';
import {
  chatCompletion,
  chatCompletionEvent,
  embeddingList,
  openAiModel,
  openAiModelList,
  responsesEvent,
  responsesReply,
} from './openai-openapi-responses.ts';

const streamExample = `\`\`\`text
data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1769860800,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1769860800,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"A REST API"},"finish_reason":null}]}

data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1769860800,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: [DONE]
\`\`\``;

const tags = ["OpenAI's protocol"];

/** Anthropic's clients list models at the same path, and say by a header that they are theirs. */
function models(openAi: z.ZodType, anthropic: z.ZodType, description: string) {
  return {
    description: `${description} With the header \`anthropic-version\` as Anthropic tells it.`,
    headers: headerRefs(['request-id']),
    content: { 'application/json': { schema: { anyOf: [refTo(openAi), refTo(anthropic)] } } },
  };
}

const version = z.object({
  'anthropic-version': z.string().optional().openapi({ description: "Answers in Anthropic's protocol." }),
});

export const openAiRoutes = [
  createRoute({
    method: 'post',
    path: '/v1/chat/completions',
    operationId: 'createChatCompletion',
    tags,
    summary: 'Chat Completions, for any provider',
    description: `With \`stream\` each \`data:\` is a chunk. \`[DONE]\` ends a whole reply; one that breaks off ends in an error, which the official clients raise.\n\n${streamExample}`,
    ...withKey,
    request: body(chatCompletionRequest, ['Stub, without a key', 'OpenAI']),
    responses: {
      200: jsonOrEvents({ reply: chatCompletion, event: chatCompletionEvent }, 'openai'),
      ...errorResponses('openai', callErrors),
    },
  }),
  createRoute({
    method: 'post',
    path: '/v1/responses',
    operationId: 'createResponse',
    tags,
    summary: "OpenAI's Responses, where the provider has them",
    description: 'Passed through: there is no translation of it. Elsewhere a 400 says what to use.',
    ...withKey,
    request: body(responsesRequest),
    responses: {
      200: jsonOrEvents({ reply: responsesReply, event: responsesEvent }, 'openai'),
      ...errorResponses('openai', callErrors),
    },
  }),
  createRoute({
    method: 'post',
    path: '/v1/embeddings',
    operationId: 'createEmbeddings',
    tags,
    summary: 'Vectors of texts, where the provider has them',
    ...withKey,
    request: body(embeddingsRequest, ['Stub, without a key', 'OpenAI']),
    responses: {
      200: json(embeddingList, 'The vectors.', limitHeaders.openai),
      ...errorResponses('openai', callErrors),
    },
  }),
  createRoute({
    method: 'get',
    path: '/v1/models',
    operationId: 'listModels',
    tags,
    summary: 'The models that are known by name and that the key may use',
    ...withKey,
    request: { headers: version },
    responses: {
      200: models(openAiModelList, anthropicModelList, 'The models.'),
      ...errorResponses('either', guardErrors),
    },
  }),
  createRoute({
    method: 'get',
    path: '/v1/models/{id}',
    operationId: 'getModel',
    tags,
    summary: 'One of them',
    ...withKey,
    request: {
      headers: version,
      params: z.object({
        id: z.string().openapi({ description: 'A slash in it is written as it is, or as `%2F`.', example: 'stub' }),
      }),
    },
    responses: {
      200: models(openAiModel, anthropicModel, 'The model.'),
      ...errorResponses('either', [...guardErrors, 'not_found']),
    },
  }),
];
