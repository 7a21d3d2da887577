import { createRoute, z } from '@hono/zod-openapi';
import { callErrors, errorResponses } from '../../build/openapi/error-responses.ts';
import { translationHeaders } from '../../build/openapi/headers.ts';
import { body, json, jsonOrEvents, strictHeader, withKey } from '../../build/openapi/operation.ts';
import { openAiErrors } from './openai-openapi-errors.ts';
import { chatCompletionRequest, embeddingsRequest } from './openai-openapi-request.ts';
import { chatCompletion, chatCompletionEvent, embeddingList } from './openai-openapi-responses.ts';

/** What `AzureOpenAI` sends: the model in the path, and `api-version`. */
const parameters = {
  params: z.object({
    model: z.string().openapi({
      description: 'The model. It wins over `model` in the body. A slash in it is written as it is, or as `%2F`.',
      example: 'stub',
    }),
  }),
  query: z.object({ 'api-version': z.string().optional().openapi({ description: 'Ignored.' }) }),
};

/** The paths of Azure's clients. Their other paths are those of `/v1`. */
export function azureDeploymentRoutes(tags: string[]) {
  return [
    createRoute({
      method: 'post',
      path: '/openai/deployments/{model}/chat/completions',
      operationId: 'createDeploymentChatCompletion',
      tags,
      summary: "Chat Completions, as Azure's clients call them",
      ...withKey,
      request: {
        ...body(chatCompletionRequest, ['Stub, without a key', 'OpenAI']),
        ...parameters,
        headers: strictHeader,
      },
      responses: {
        200: jsonOrEvents({ reply: chatCompletion, event: chatCompletionEvent }, [
          ...openAiErrors.limitHeaders,
          ...translationHeaders,
        ]),
        ...errorResponses(openAiErrors, callErrors),
      },
    }),
    createRoute({
      method: 'post',
      path: '/openai/deployments/{model}/embeddings',
      operationId: 'createDeploymentEmbeddings',
      tags,
      summary: "Embeddings, as Azure's clients call them",
      ...withKey,
      request: { ...body(embeddingsRequest, ['Stub, without a key', 'OpenAI']), ...parameters },
      responses: {
        200: json(embeddingList, 'The vectors.', openAiErrors.limitHeaders),
        ...errorResponses(openAiErrors, callErrors),
      },
    }),
  ];
}
