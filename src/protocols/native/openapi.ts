import { createRoute } from '@hono/zod-openapi';
import { callErrors, errorResponses } from '../../build/openapi/error-responses.ts';
import { body, events, json, withKey } from '../../build/openapi/operation.ts';
import { idempotencyKey, prefer } from '../../build/openapi/parameters.ts';
import type { ProtocolApi } from '../../build/openapi/protocol-api.ts';
import { job } from './native-jobs-openapi-schemas.ts';
import { nativeErrors } from './native-openapi-errors.ts';
import { chatReply, chatRequest, streamEvent } from './native-openapi-schemas.ts';

const streamExample = `\`\`\`text
data: {"type":"start","requestId":"req_01K9Z3N4V6T8QW2R5Y7B9D1F3H","provider":"openai","model":"gpt-4o-mini"}

data: {"type":"chunk","content":"A REST API"}

data: {"type":"chunk","content":" is an interface over HTTP."}

data: {"type":"done","finishReason":"stop","tokensIn":12,"tokensOut":85,"cost":0.0000528,"provider":"openai","model":"gpt-4o-mini"}
\`\`\``;

const tag = { name: 'Chat', description: "The gateway's own protocol: the same fields for every provider." };
const tags = [tag.name];

const routes = [
  createRoute({
    method: 'post',
    path: '/api/chat/completions',
    operationId: 'complete',
    tags,
    summary: 'One call, one whole reply',
    description: 'With `Prefer: respond-async` it becomes a job, which needs the scope `jobs` too.',
    ...withKey,
    request: {
      ...body(chatRequest, ['Stub, without a key', 'OpenAI', 'Claude, a conversation']),
      headers: idempotencyKey.extend(prefer.shape),
    },
    responses: {
      200: json(chatReply, 'The reply.', [...nativeErrors.limitHeaders, 'Idempotent-Replayed']),
      202: json(job, 'The job that makes the call.', ['Location', 'Preference-Applied', 'Idempotent-Replayed']),
      ...errorResponses(nativeErrors, [...callErrors, 'conflict']),
    },
  }),
  createRoute({
    method: 'post',
    path: '/stream',
    operationId: 'stream',
    tags,
    summary: 'The same, as server-sent events while it is produced',
    description: `Every \`data:\` is one line of JSON with a \`type\`; exactly one \`done\` or \`error\` ends the stream, and a comment line keeps a silent one alive every 15 s. What fails before the provider has answered is a plain JSON error with its status.\n\n${streamExample}`,
    ...withKey,
    request: {
      ...body(chatRequest, ['Stub, without a key', 'OpenAI', 'Claude, a conversation']),
      headers: idempotencyKey,
    },
    responses: {
      200: events(streamEvent, 'Events, of which the schema tells the data.', [
        ...nativeErrors.limitHeaders,
        'Idempotent-Replayed',
      ]),
      ...errorResponses(nativeErrors, [...callErrors, 'conflict']),
    },
  }),
];

export const nativeApi: ProtocolApi = { tag, errors: nativeErrors, headers: {}, routes };
