import { createRoute, z } from '@hono/zod-openapi';
import { component } from '../../build/openapi/components.ts';
import { callErrors, errorResponses, guardErrors, upstreamErrorResponse } from '../../build/openapi/error-responses.ts';
import { translationHeaders } from '../../build/openapi/headers.ts';
import { body, json, strictHeader, withKey } from '../../build/openapi/operation.ts';
import { openAiErrors } from './openai-openapi-errors.ts';
import { compactRequest, responsesRequest } from './openai-openapi-request.ts';
import { responsesReply } from './openai-openapi-responses.ts';

const deletedResponse = component(
  'DeletedResponse',
  z.object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) }),
  { description: 'A response that is deleted.' },
);

const responseItems = component(
  'ResponseItems',
  z.object({
    object: z.literal('list'),
    data: z.array(z.looseObject({ type: z.string(), id: z.string().optional() })),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  }),
  { description: 'A page of items.' },
);

const inputTokens = component(
  'ResponseInputTokens',
  z.object({
    object: z.literal('response.input_tokens'),
    input_tokens: z.int().nonnegative(),
    estimated: z.literal(true).optional().meta({ description: 'The provider did not count them.' }),
  }),
  { description: 'How many tokens a request has.' },
);

const compactedResponse = component(
  'CompactedResponse',
  z.looseObject({
    id: z.string(),
    object: z.literal('response.compaction'),
    created_at: z.number().meta({ description: 'Seconds since the epoch.' }),
    output: z
      .array(z.looseObject({ type: z.string(), encrypted_content: z.string().optional() }))
      .meta({ description: "The latest of the user's messages, and an item of the type `compaction`." }),
    usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number(), total_tokens: z.number() }),
  }),
  { description: 'A compacted conversation: its output is the input of the next request.' },
);

const params = z.object({ id: z.string().openapi({ example: 'resp_01K9Z3N4V6T8QW2R5Y7B9D1F3H' }) });
const page = z.object({
  order: z.enum(['asc', 'desc']).default('desc').optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20).optional(),
  after: z.string().optional().openapi({ description: '`last_id` of the page before.' }),
});
const errors = errorResponses(openAiErrors, [...guardErrors, 'not_found']);

/** The routes of stored responses. */
export function storedResponsesRoutes(tags: string[]) {
  return [
    createRoute({
      method: 'get',
      path: '/v1/responses/{id}',
      operationId: 'getResponse',
      tags,
      summary: 'A stored response',
      description: 'Responses are stored where the tenant opts in and `store` is not false.',
      ...withKey,
      request: { params },
      responses: { 200: json(responsesReply, 'The response.'), ...errors },
    }),
    createRoute({
      method: 'delete',
      path: '/v1/responses/{id}',
      operationId: 'deleteResponse',
      tags,
      summary: 'Deletes a stored response',
      description: 'Responses that continue it can be read, but not continued any more.',
      ...withKey,
      request: { params },
      responses: { 200: json(deletedResponse, 'It is deleted.'), ...errors },
    }),
    createRoute({
      method: 'get',
      path: '/v1/responses/{id}/input_items',
      operationId: 'listResponseInputItems',
      tags,
      summary: 'The items that a stored response replies to',
      description: 'Those of the responses that it continues are among them.',
      ...withKey,
      request: { params, query: page },
      responses: {
        200: json(responseItems, 'A page of items, the last first.'),
        ...errorResponses(openAiErrors, [...guardErrors, 'not_found', 'unprocessable']),
      },
    }),
    createRoute({
      method: 'post',
      path: '/v1/responses/{id}/cancel',
      operationId: 'cancelResponse',
      tags,
      summary: 'A 400: no response runs in the background',
      ...withKey,
      request: { params },
      responses: errorResponses(openAiErrors, [
        ...guardErrors,
        'not_found',
        'payload_too_large',
        'unsupported_media_type',
      ]),
    }),
    createRoute({
      method: 'post',
      path: '/v1/responses/compact',
      operationId: 'compactResponse',
      tags,
      summary: 'Compacts a conversation, for any provider',
      description:
        'Passed through to a provider that has Responses. Elsewhere the model of the request writes a summary, which is billed as any reply. It comes back encrypted, as an item of the type `compaction`, and only its tenant can send it back, to any provider. A summary that is cut off or refused is a 422.',
      ...withKey,
      request: { ...body(compactRequest, ['Stub, without a key', 'OpenAI']), headers: strictHeader },
      responses: {
        200: json(compactedResponse, 'The compacted conversation.', [
          ...openAiErrors.limitHeaders,
          ...translationHeaders,
        ]),
        ...errorResponses(openAiErrors, [...callErrors, 'unprocessable']),
        ...upstreamErrorResponse(openAiErrors),
      },
    }),
    createRoute({
      method: 'post',
      path: '/v1/responses/input_tokens',
      operationId: 'countResponseInputTokens',
      tags,
      summary: 'Estimates the input tokens of a response',
      description: 'Those of the stored responses that it continues are counted. It costs nothing.',
      ...withKey,
      request: body(responsesRequest),
      responses: { 200: json(inputTokens, 'The number of tokens.'), ...errorResponses(openAiErrors, callErrors) },
    }),
  ];
}
