import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import { unknownVariant } from '../../build/openapi/unknown-variant.ts';
import { anthropicError } from './anthropic-openapi-errors.ts';

/*
 * The responses of Anthropic's routes in the OpenAPI document. The schemas check nothing at run time and are not in the Worker's
 * bundle: `encode-anthropic-*.ts` write the responses, and replies of Claude are passed through. Change a schema together with its
 * encoder, and run `npm run openapi:print`. `npm run check` compares the document with the schemas, and test/e2e/openapi.test.ts
 * compares it with real responses. The name of a component is the name of a type in generated clients.
 */

const tokens = z.int().min(0);
const text = z.object({ type: z.literal('text'), text: z.string() });
const thinking = z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const toolUse = z.object({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z
    .record(z.string(), z.unknown())
    .meta({ description: 'The arguments; `{}` at the start of a streamed block.' }),
});
const replyBlock = component(
  'ReplyBlock',
  z.union([text, thinking, toolUse, unknownVariant(['text', 'thinking', 'tool_use'], 'What Claude adds.')]),
  { description: 'A part of a reply.', examples: [{ type: 'text', text: 'A REST API is an interface over HTTP.' }] },
);

const stopReason = z
  .enum([
    'end_turn',
    'max_tokens',
    'stop_sequence',
    'tool_use',
    'pause_turn',
    'refusal',
    'model_context_window_exceeded',
    'compaction',
  ])
  .meta({ description: 'Why the reply ended. Other providers than Claude never say `stop_sequence` or `pause_turn`.' });

/** The counts that `message_start` and `message_delta` share. Anthropic counts cached tokens apart from `input_tokens`. */
const cacheAndOutputCounts = {
  cache_creation_input_tokens: tokens.nullish().meta({ description: 'Written to the cache, beside `input_tokens`.' }),
  cache_read_input_tokens: tokens.nullish().meta({ description: 'Read from the cache, beside `input_tokens`.' }),
  output_tokens: tokens.meta({ description: 'Thinking included.' }),
  output_tokens_details: z.object({ thinking_tokens: tokens }).nullish(),
};
const inputTokens = 'Without what was read from the cache or written to it.';
const usage = z
  .object({ input_tokens: tokens.meta({ description: inputTokens }), ...cacheAndOutputCounts })
  .meta({ description: 'Tokens. A count that is null is not known.' });
/** A translated stream reports its input tokens only here: a provider of another protocol counts at the end. */
const finalUsage = z
  .object({ input_tokens: tokens.nullish().meta({ description: inputTokens }), ...cacheAndOutputCounts })
  .meta({ description: 'The counts of the whole reply: they replace those of `message_start`.' });

/** Null until the reply has ended. `stop_details` explains a refusal of Claude's. */
const stopFields = {
  stop_reason: stopReason.nullable(),
  stop_sequence: z.string().nullable(),
  stop_details: z.unknown().optional(),
};

/** A whole reply, and the `message` of the event `message_start`. */
export const message = component(
  'Message',
  z.object({
    id: z.string().meta({ examples: ['msg_01K9Z3N4V6T8QW2R5Y7B9D1F3H'] }),
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: z.string(),
    content: z.array(replyBlock),
    ...stopFields,
    usage,
  }),
  {
    description: "One whole reply, as Anthropic's.",
    examples: [
      {
        id: 'msg_01K9Z3N4V6T8QW2R5Y7B9D1F3H',
        type: 'message',
        role: 'assistant',
        model: 'claude-haiku-4-5',
        content: [{ type: 'text', text: 'A REST API is an interface over HTTP.' }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        stop_details: null,
        usage: {
          input_tokens: 12,
          cache_creation_input_tokens: null,
          cache_read_input_tokens: null,
          output_tokens: 85,
          output_tokens_details: null,
        },
      },
    ],
  },
);

const index = z.int().min(0);
const blockDelta = z.union([
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.object({ type: z.literal('signature_delta'), signature: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
  unknownVariant(['text_delta', 'thinking_delta', 'signature_delta', 'input_json_delta'], 'What Claude adds.'),
]);

/** An event of a streamed reply. Blocks come one after another, and `index` counts them from 0. */
export const messageEvent = component(
  'MessageEvent',
  z.union([
    z.object({ type: z.literal('message_start'), message }),
    z.object({ type: z.literal('content_block_start'), index, content_block: replyBlock }),
    z.object({ type: z.literal('content_block_delta'), index, delta: blockDelta }),
    z.object({ type: z.literal('content_block_stop'), index }),
    z.object({ type: z.literal('message_delta'), delta: z.object(stopFields), usage: finalUsage }),
    z.object({ type: z.literal('message_stop') }),
    z.object({ type: z.literal('ping') }),
    anthropicError,
  ]),
  {
    description:
      'The JSON of one `data:` line; `event:` names its type. Exactly one `message_stop` or `error` ends the stream, and `ping` says nothing.',
    examples: [{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'A REST' } }],
  },
);

/** The response of `POST /v1/messages/count_tokens`. */
export const tokenCount = component(
  'TokenCount',
  z.object({
    input_tokens: tokens,
    estimated: z
      .literal(true)
      .optional()
      .meta({ description: 'Present where the count is an estimate, which it is for every model but Claude.' }),
  }),
  { description: 'How long a prompt is.', examples: [{ input_tokens: 12 }, { input_tokens: 12, estimated: true }] },
);

const capability = z.object({ supported: z.boolean() });
const [supported, unsupported] = [{ supported: true }, { supported: false }];

/** A response of the route for `claude-haiku-4-5`. */
const modelExample = {
  type: 'model',
  id: 'claude-haiku-4-5',
  display_name: 'Claude Haiku 4.5',
  created_at: '2025-10-15T00:00:00Z',
  max_input_tokens: 200_000,
  max_tokens: 64_000,
  capabilities: {
    batch: unsupported,
    citations: supported,
    code_execution: unsupported,
    context_management: {
      supported: true,
      clear_thinking_20251015: supported,
      clear_tool_uses_20250919: supported,
      compact_20260112: unsupported,
    },
    effort: {
      supported: false,
      low: unsupported,
      medium: unsupported,
      high: unsupported,
      xhigh: unsupported,
      max: unsupported,
    },
    image_input: supported,
    pdf_input: supported,
    server_tools: { supported: true, web_search: supported, code_execution: supported },
    structured_outputs: supported,
    thinking: {
      supported: true,
      types: { adaptive: unsupported, between_tools: unsupported, disabled: supported, enabled: supported },
    },
  },
  line: 'haiku',
  lifecycle: 'active',
  deprecated_at: null,
  retires_at: null,
};

/** Anthropic's `ModelCapabilities`. An unknown model has null instead: no capability is guessed. */
const capabilities = z.object({
  batch: capability,
  citations: capability,
  code_execution: capability,
  context_management: capability.extend({
    clear_thinking_20251015: capability,
    clear_tool_uses_20250919: capability,
    compact_20260112: capability,
  }),
  effort: capability.extend({
    low: capability,
    medium: capability,
    high: capability,
    xhigh: capability,
    max: capability,
  }),
  image_input: capability,
  pdf_input: capability,
  server_tools: capability.extend({ web_search: capability, code_execution: capability }),
  structured_outputs: capability,
  thinking: capability.extend({
    types: z.object({ adaptive: capability, between_tools: capability, disabled: capability, enabled: capability }),
  }),
});

/**
 * Anthropic's `ModelInfo`. The list has only models that are in use, so `lifecycle` and the two dates have one value. They are here
 * because the SDK's type requires them.
 */
export const anthropicModel = component(
  'AnthropicModel',
  z.object({
    type: z.literal('model'),
    id: z.string(),
    display_name: z.string(),
    created_at: z.iso.datetime().meta({ description: 'When it was released; 1970 where that is not known.' }),
    max_input_tokens: z.int().nullable(),
    max_tokens: z.int().nullable(),
    capabilities: capabilities.nullable().meta({ description: 'Null where they are not known.' }),
    line: z.string().nullable(),
    lifecycle: z.literal('active'),
    deprecated_at: z.null(),
    retires_at: z.null(),
  }),
  { description: 'A model, as Anthropic tells it.', examples: [modelExample] },
);

/** A page of `GET /v1/models` for Anthropic's clients. The ids are the cursors of the pages before and behind it. */
export const anthropicModelList = component(
  'AnthropicModelList',
  z.object({
    data: z.array(anthropicModel),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  }),
  {
    description: 'A page of models, as Anthropic tells them: the newest first.',
    examples: [{ data: [modelExample], first_id: modelExample.id, last_id: modelExample.id, has_more: false }],
  },
);
