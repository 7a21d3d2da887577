import { createRoute, z } from '@hono/zod-openapi';
import { callErrors, errorResponses, upstreamErrorResponse } from '../../build/openapi/error-responses.ts';
import { translationHeaders } from '../../build/openapi/headers.ts';
import { body, json, jsonOrEvents, strictHeader, withKey } from '../../build/openapi/operation.ts';
import type { ProtocolApi } from '../../build/openapi/protocol-api.ts';
import { anthropicErrors, anthropicHeaders } from './anthropic-openapi-errors.ts';
import { countTokensRequest, messageRequest } from './anthropic-openapi-request.ts';
import { message, messageEvent, tokenCount } from './anthropic-openapi-responses.ts';

const streamExample = `\`\`\`text
event: message_start
data: {"type":"message_start","message":{"id":"msg_…","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":0}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"A REST API"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":85}}

event: message_stop
data: {"type":"message_stop"}
\`\`\``;

const tag = {
  name: "Anthropic's protocol",
  description: "For Anthropic's clients: change the base URL, and the key.",
};
const tags = [tag.name];

/** The headers that are passed on to Claude. */
const requestHeaders = z.object({
  'anthropic-version': z.string().optional().openapi({ description: 'Passed on to Claude.', example: '2023-06-01' }),
  'anthropic-beta': z.string().optional().openapi({ description: 'Passed on to Claude.' }),
});

const routes = [
  createRoute({
    method: 'post',
    path: '/v1/messages',
    operationId: 'createMessage',
    tags,
    summary: 'Messages, for any provider',
    description: `With \`stream\` events while the reply is produced: \`message_stop\` ends a whole one, \`error\` one that broke off.\n\n${streamExample}`,
    ...withKey,
    request: {
      ...body(messageRequest, ['Stub, without a key', 'Claude']),
      headers: requestHeaders.extend(strictHeader.shape),
    },
    responses: {
      200: jsonOrEvents({ reply: message, event: messageEvent }, [
        ...anthropicErrors.limitHeaders,
        ...translationHeaders,
      ]),
      ...errorResponses(anthropicErrors, callErrors),
      ...upstreamErrorResponse(anthropicErrors),
    },
  }),
  createRoute({
    method: 'post',
    path: '/v1/messages/count_tokens',
    operationId: 'countTokens',
    tags,
    summary: 'How many tokens a prompt has',
    description: 'Claude counts itself, for nothing; for any other provider the answer is an estimate, and says so.',
    ...withKey,
    request: { ...body(countTokensRequest, ['Stub, without a key', 'Claude']), headers: requestHeaders },
    responses: {
      200: json(tokenCount, 'The count.', anthropicErrors.limitHeaders),
      ...errorResponses(anthropicErrors, callErrors),
      ...upstreamErrorResponse(anthropicErrors),
    },
  }),
];

export const anthropicApi: ProtocolApi = {
  tag,
  errors: anthropicErrors,
  headers: anthropicHeaders,
  routes,
};
