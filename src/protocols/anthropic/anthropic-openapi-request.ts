import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import { describeFields } from '../../build/openapi/json-schema.ts';
import { unknownVariant } from '../../build/openapi/unknown-variant.ts';
import { countTokensSchema, messagesSchema } from './parse-anthropic-request.ts';

/*
 * The requests of Anthropic's routes in the OpenAPI document. Not in the Worker's bundle, and wider than the parser's schemas: requests to
 * Claude are passed through with any field. `describeFields` fails if a field of the parser has no description here. What happens to a
 * field at other providers is decided in `anthropic-field-policy.ts`: the two texts below have to say the same. Run
 * `npm run openapi:print` after a change.
 */

/** Of fields whose class is `dropped`. */
const anthropicOnly = 'For Claude only: left out for other providers, and named in `x-gateway-dropped`.';
/** Of content whose class is `essential`. */
const anthropicOnlyContent = 'For Claude only: for other providers a 400 that names it.';
const json = z.record(z.string(), z.unknown());
const cacheControl = z.unknown().optional().meta({
  description: 'Where Claude caches. Changes no reply, and other providers are not told of it.',
});

const textBlock = z.looseObject({ type: z.literal('text'), text: z.string(), cache_control: cacheControl });
const imageBlock = z.looseObject({
  type: z.literal('image'),
  source: z.union([
    z.looseObject({
      type: z.literal('base64'),
      media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
      data: z.string(),
    }),
    z.looseObject({ type: z.literal('url'), url: z.string() }),
    unknownVariant(['base64', 'url'], `A file that was uploaded to Anthropic. ${anthropicOnlyContent}`),
  ]),
});
const toolUseBlock = z.looseObject({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: json });
const toolResultBlock = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(json), z.null()]).optional(),
  is_error: z.boolean().nullish(),
});
const thinkingBlock = z.looseObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().nullish(),
});

const contentBlock = component(
  'ContentBlock',
  z.union([
    textBlock,
    imageBlock,
    toolUseBlock,
    toolResultBlock,
    thinkingBlock,
    unknownVariant(
      ['text', 'image', 'tool_use', 'tool_result', 'thinking'],
      `Documents and search results, which are translated for other providers; the blocks of tools that Anthropic runs, which are left out there; types that Anthropic adds later, which are a 400 there.`,
    ),
  ]),
  { description: 'A part of a message.', examples: [{ type: 'text', text: 'What is a REST API?' }] },
);

const messages = z
  .array(
    z.looseObject({
      role: z.enum(['user', 'assistant', 'system']),
      content: z.union([z.string(), z.array(contentBlock)]).meta({ description: 'A text, or blocks.' }),
    }),
  )
  .min(1)
  .meta({ description: 'The conversation, oldest message first.' });

const promptFields = {
  model: z.string().nullish().meta({
    description:
      "The model's name, also as `provider/model`, or a route. Left out: the default provider's. `models` lists up to five instead: the next one is tried where one fails before its reply has begun.",
  }),
  messages,
  system: z
    .union([z.string(), z.array(contentBlock), z.null()])
    .optional()
    .meta({ description: 'What the model is told beforehand.' }),
  tools: z
    .array(
      z.looseObject({
        type: z
          .string()
          .nullish()
          .meta({ description: `\`custom\`, or a tool of Anthropic's own. ${anthropicOnly}` }),
        name: z.string().optional(),
        description: z.string().nullish(),
        input_schema: json.optional().meta({ description: 'A JSON Schema of the type `object`.' }),
        strict: z.boolean().nullish(),
      }),
    )
    .nullish()
    .meta({ description: 'What the model may call.' }),
  tool_choice: 'Whether tools must be called, and which one; `disable_parallel_tool_use` allows one call at most.',
  mcp_servers: z.unknown().optional().meta({ description: anthropicOnly }),
  thinking:
    'Whether the model is to think first. For other models than Claude a budget becomes an effort: below 4,096 tokens low, below 16,384 medium, else high.',
  output_config: z
    .looseObject({
      effort: z.string().nullish().meta({
        description:
          '`low`, `medium`, `high`, `xhigh` or `max`. Translated, it becomes the next lower one that the model has.',
      }),
      format: json.nullish().meta({ description: '`{"type":"json_schema","schema":{…}}`: the form of the reply.' }),
    })
    .nullish()
    .meta({ description: 'How hard the model is to think, and the form of its reply.' }),
  output_format: json.nullish().meta({ description: 'What `output_config.format` was called while it was new.' }),
  cache_control: cacheControl,
  context_management: z.unknown().optional().meta({ description: anthropicOnly }),
  speed: z
    .string()
    .nullish()
    .meta({ description: `\`standard\` or \`fast\`. ${anthropicOnly}` }),
};

const messagesBody = describeFields(messagesSchema, {
  ...promptFields,
  max_tokens: z.int().min(0).meta({ description: 'The most tokens that the reply may have. 0 only for Claude.' }),
  temperature: 'How freely words are chosen: 0 to 1.',
  top_p: 'Chooses among the likeliest words that have this probability together: 0 to 1.',
  top_k: 'Chooses among so many of the likeliest words; 0: among all.',
  stop_sequences: z.array(z.string()).nullish().meta({ description: 'Texts at which the reply ends.' }),
  stream: 'Answers with server-sent events while the reply is produced.',
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish().meta({
    description: '`user_id`: who uses your application, told to the provider in a form that it cannot trace back.',
  }),
  service_tier: '`auto` or `standard_only`.',
  container: z.unknown().optional().meta({ description: anthropicOnly }),
  inference_geo: z.unknown().optional().meta({ description: anthropicOnly }),
  diagnostics: z.unknown().optional().meta({ description: anthropicOnly }),
  fallbacks: z.unknown().optional().meta({ description: anthropicOnly }),
  compaction: z.unknown().optional().meta({ description: anthropicOnly }),
  thread: z.unknown().optional().meta({
    description:
      "A conversation that Claude stores. Only with the tenant's own key for Claude: else a 400 that names it.",
  }),
});

const messageExamples = ['stub', 'claude-haiku-4-5'].map((model) => ({
  model,
  messages: [{ role: 'user', content: 'What is a REST API?' }],
}));

export const messageRequest = component('MessageRequest', messagesBody.loose(), {
  description:
    "As Anthropic's. Passed on as it came to Claude, fields unknown here included; translated for other providers: a field that they do not have is left out and named in `x-gateway-dropped`, or a 400 if the reply would lack what it asks for.",
  examples: messageExamples.map((example) => ({ ...example, max_tokens: 1024 })),
});

export const countTokensRequest = component(
  'CountTokensRequest',
  describeFields(countTokensSchema, promptFields).loose(),
  {
    description: 'The prompt of a message, and nothing of what bounds the reply.',
    examples: messageExamples,
  },
);
