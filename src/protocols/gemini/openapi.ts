import { createRoute, z } from '@hono/zod-openapi';
import { refTo } from '../../build/openapi/components.ts';
import { callErrors, errorResponses, guardErrors } from '../../build/openapi/error-responses.ts';
import { headerRefs, translationHeaders } from '../../build/openapi/headers.ts';
import { body, json, strictHeader, withKey } from '../../build/openapi/operation.ts';
import type { ProtocolApi } from '../../build/openapi/protocol-api.ts';
import { geminiErrors } from './gemini-openapi-errors.ts';
import * as schemas from './gemini-openapi-schemas.ts';

const tag = {
  name: "Gemini's protocol",
  description: "For Gemini's clients: change the base URL, and the key, which is read in `x-goog-api-key`.",
};
const tags = [tag.name];
const examples = ['Stub, without a key'];

const params = z.object({
  model: z.string().openapi({ description: 'A slash in it is written as it is, or as `%2F`.', example: 'stub' }),
});
const callHeaders = [...geminiErrors.limitHeaders, ...translationHeaders];

/** The description of a route for a method of a model. */
function method<Body extends z.ZodType>(name: string, { request, query, response, ...texts }: MethodRoute<Body>) {
  return createRoute({
    method: 'post',
    path: `/v1beta/models/{model}:${name}`,
    tags,
    ...withKey,
    ...texts,
    request: { ...body(request, examples), params, headers: strictHeader, ...(query && { query }) },
    responses: { 200: response, ...errorResponses(geminiErrors, callErrors) },
  });
}

interface MethodRoute<Body extends z.ZodType> {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly request: Body;
  readonly query?: z.ZodObject;
  readonly response: ReturnType<typeof json>;
}

const routes = [
  method('generateContent', {
    operationId: 'generateContent',
    summary: 'A reply, from any provider',
    request: schemas.generateContentRequest,
    response: json(schemas.generateContentResponse, 'The reply.', callHeaders),
  }),
  method('streamGenerateContent', {
    operationId: 'streamGenerateContent',
    summary: 'A reply while it is produced',
    description:
      'The last chunk of a whole reply has a `finishReason`. A reply that breaks off ends in an `error`, and has none. A function call comes whole.',
    request: schemas.generateContentRequest,
    query: z.object({
      alt: z
        .enum(['sse', 'json'])
        .optional()
        .openapi({ description: '`sse`: server-sent events. Else a JSON array that grows.', example: 'sse' }),
    }),
    response: {
      description: 'The chunks; of events the schema tells the data.',
      headers: headerRefs(callHeaders),
      content: {
        'application/json': { schema: refTo(schemas.generateContentChunks) },
        'text/event-stream': { schema: refTo(schemas.generateContentEvent) },
      },
    } as ReturnType<typeof json>,
  }),
  method('countTokens', {
    operationId: 'countGeminiTokens',
    summary: 'How many tokens a prompt has, as an estimate',
    request: schemas.countTokensRequest,
    response: json(schemas.countTokensResponse, 'The estimate.', callHeaders),
  }),
  method('embedContent', {
    operationId: 'embedContent',
    summary: 'The embedding of a text',
    request: schemas.embedContentRequest,
    response: json(schemas.embedContentResponse, 'The vector.', callHeaders),
  }),
  method('batchEmbedContents', {
    operationId: 'batchEmbedContents',
    summary: 'The embeddings of several texts',
    request: schemas.batchEmbedContentsRequest,
    response: json(schemas.batchEmbedContentsResponse, 'The vectors.', callHeaders),
  }),
  createRoute({
    method: 'get',
    path: '/v1beta/models',
    operationId: 'listGeminiModels',
    tags,
    summary: 'The routes and the models that are known by name and that the key may use',
    ...withKey,
    request: {
      query: z.object({
        pageSize: z.coerce.number().int().min(0).optional().openapi({ description: '50 if left out, at most 1,000.' }),
        pageToken: z.string().optional().openapi({ description: '`nextPageToken` of the page before.' }),
      }),
    },
    responses: {
      200: json(schemas.geminiModelList, 'A page of them.'),
      ...errorResponses(geminiErrors, guardErrors),
    },
  }),
  createRoute({
    method: 'get',
    path: '/v1beta/models/{model}',
    operationId: 'getGeminiModel',
    tags,
    summary: 'One of them',
    ...withKey,
    request: { params },
    responses: {
      200: json(schemas.geminiModel, 'The model.'),
      ...errorResponses(geminiErrors, [...guardErrors, 'not_found']),
    },
  }),
];

export const geminiApi: ProtocolApi = { tag, errors: geminiErrors, headers: {}, routes };
