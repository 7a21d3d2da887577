import { createRoute } from '@hono/zod-openapi';
import { callErrors, errorResponses, guardErrors, upstreamErrorResponse } from '../../build/openapi/error-responses.ts';
import { translationHeaders } from '../../build/openapi/headers.ts';
import { body, json, jsonOrEvents, responsesHeaders, strictHeader, withKey } from '../../build/openapi/operation.ts';
import type { ProtocolApi } from '../../build/openapi/protocol-api.ts';
import { modelRoutes } from '../models-openapi.ts';
import { azureDeploymentRoutes } from './azure-deployments-openapi.ts';
import { mediaRoutes } from './openai-media-openapi.ts';
import { openAiErrors, openAiHeaders } from './openai-openapi-errors.ts';
import { chatCompletionRequest, embeddingsRequest, responsesRequest } from './openai-openapi-request.ts';
import {
  chatCompletion,
  chatCompletionEvent,
  embeddingList,
  responsesEvent,
  responsesReply,
} from './openai-openapi-responses.ts';
import { storedResponsesRoutes } from './openai-stored-responses-openapi.ts';

const streamExample = `\`\`\`text
data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1769860800,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1769860800,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"A REST API"},"finish_reason":null}]}

data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1769860800,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: [DONE]
\`\`\``;

const tag = {
  name: "OpenAI's protocol",
  description: "For OpenAI's clients: change the base URL to `…/v1`, and the key.",
};
const tags = [tag.name];

const routes = [
  createRoute({
    method: 'post',
    path: '/v1/chat/completions',
    operationId: 'createChatCompletion',
    tags,
    summary: 'Chat Completions, for any provider',
    description: `With \`stream\` each \`data:\` is a chunk. \`[DONE]\` ends a whole reply; one that breaks off ends in an error, which the official clients raise.\n\n${streamExample}`,
    ...withKey,
    request: { ...body(chatCompletionRequest, ['Stub, without a key', 'OpenAI']), headers: strictHeader },
    responses: {
      200: jsonOrEvents({ reply: chatCompletion, event: chatCompletionEvent }, [
        ...openAiErrors.limitHeaders,
        ...translationHeaders,
      ]),
      ...errorResponses(openAiErrors, callErrors),
      ...upstreamErrorResponse(openAiErrors),
    },
  }),
  createRoute({
    method: 'post',
    path: '/v1/responses',
    operationId: 'createResponse',
    tags,
    summary: "OpenAI's Responses, for any provider",
    description:
      'Passed through to a provider that has them, else translated. Translated responses are stored where the tenant opts in; elsewhere `store` becomes false. An unknown `previous_response_id` is a 404 with the code `previous_response_not_found`. With `stream` each event has its name, and a number from 0. A response that breaks off ends in `error`, which the official client raises, and `response.failed`. With `background` the response is `queued`, and made by a job: read it by its id.',
    ...withKey,
    request: { ...body(responsesRequest, ['Stub, without a key', 'OpenAI']), headers: responsesHeaders },
    responses: {
      200: jsonOrEvents({ reply: responsesReply, event: responsesEvent }, [
        ...openAiErrors.limitHeaders,
        ...translationHeaders,
      ]),
      ...errorResponses(openAiErrors, callErrors),
      ...upstreamErrorResponse(openAiErrors),
    },
  }),
  createRoute({
    method: 'get',
    path: '/v1/responses',
    operationId: 'openResponsesSocket',
    tags,
    summary: "OpenAI's Responses over a WebSocket",
    description:
      'With `Upgrade: websocket`, as `ResponsesWS` of the official client. Each text message is `{"type": "response.create", …}` with the body of `POST /v1/responses`, without `stream` and `background`; the events of the response come as one message each. Turns run one after the other. The key is sent in a header, or by browsers as the subprotocol `key.<KEY>` beside `responses`. An error is `{"type": "error", "status", "error": {"type", "code", "message", "param"}}`. A response that is not stored can be continued by `previous_response_id` on the same connection. A connection lasts for 60 minutes at most.',
    ...withKey,
    responses: {
      101: { description: 'The connection is open.' },
      ...errorResponses(openAiErrors, [...guardErrors, 'upgrade_required']),
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
      200: json(embeddingList, 'The vectors.', openAiErrors.limitHeaders),
      ...errorResponses(openAiErrors, callErrors),
      ...upstreamErrorResponse(openAiErrors),
    },
  }),
];

export const openAiApi: ProtocolApi = {
  tag,
  errors: openAiErrors,
  headers: openAiHeaders,
  routes: [
    ...routes,
    ...storedResponsesRoutes(tags),
    ...mediaRoutes(tags),
    ...azureDeploymentRoutes(tags),
    ...modelRoutes,
  ],
};
