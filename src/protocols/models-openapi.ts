import { createRoute, z } from '@hono/zod-openapi';
import { component, refTo } from '../build/openapi/components.ts';
import { type ErrorFormat, errorResponses, guardErrors } from '../build/openapi/error-responses.ts';
import { headerRefs } from '../build/openapi/headers.ts';
import { withKey } from '../build/openapi/operation.ts';
import { anthropicError } from './anthropic/anthropic-openapi-errors.ts';
import { anthropicModel, anthropicModelList } from './anthropic/anthropic-openapi-responses.ts';
import { openAiError, openAiErrors } from './openai/openai-openapi-errors.ts';
import { openAiModel, openAiModelList } from './openai/openai-openapi-responses.ts';

/** The errors of a path that OpenAI's and Anthropic's clients share. */
export const modelErrors: ErrorFormat = {
  name: 'Either',
  schema: component('OpenAiOrAnthropicError', z.union([openAiError, anthropicError]), {
    description: "As OpenAI's clients read it; with the header `anthropic-version` as Anthropic's do.",
  }),
  encode: openAiErrors.encode,
  limitHeaders: [],
  headersOf: () => ['request-id'],
};

/** A response in OpenAI's format, or in Anthropic's where a header says that the client is theirs. */
function models(openAi: z.ZodType, anthropic: z.ZodType, description: string) {
  return {
    description: `${description} With the header \`anthropic-version\` as Anthropic tells it.`,
    headers: headerRefs(['request-id']),
    content: { 'application/json': { schema: { anyOf: [refTo(openAi), refTo(anthropic)] } } },
  };
}

const tags = ["OpenAI's protocol"];
const version = z.object({
  'anthropic-version': z.string().optional().openapi({ description: "Answers in Anthropic's protocol." }),
});

/** Of Anthropic's protocol; OpenAI's clients get the whole list. */
const page = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .optional()
    .openapi({ description: "For Anthropic's clients." }),
  after_id: z.string().optional().openapi({ description: '`last_id` of the page before.' }),
  before_id: z.string().optional().openapi({ description: '`first_id` of the page behind.' }),
});

export const modelRoutes = [
  createRoute({
    method: 'get',
    path: '/v1/models',
    operationId: 'listModels',
    tags,
    summary: 'The routes and the models that are known by name and that the key may use',
    ...withKey,
    request: { headers: version, query: page },
    responses: {
      200: models(openAiModelList, anthropicModelList, 'The models.'),
      ...errorResponses(modelErrors, guardErrors),
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
      ...errorResponses(modelErrors, [...guardErrors, 'not_found']),
    },
  }),
];
