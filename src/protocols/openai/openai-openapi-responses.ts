import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import { openAiError } from './openai-openapi-errors.ts';

const id = z.string().meta({ examples: ['chatcmpl-01K9Z3N4V6T8QW2R5Y7B9D1F3H'] });
const created = z
  .int()
  .min(0)
  .meta({ description: 'Seconds since 1970.', examples: [1769860800] });
const model = z.string().meta({ examples: ['gpt-4o-mini'] });
const tokens = z.int().min(0);

export const completionUsage = component(
  'ChatCompletionUsage',
  z.object({
    prompt_tokens: tokens.optional(),
    completion_tokens: tokens.optional().meta({ description: 'Reasoning included.' }),
    total_tokens: tokens.optional(),
    prompt_tokens_details: z
      .object({ cached_tokens: tokens.nullish(), cache_write_tokens: tokens.nullish() })
      .nullish()
      .meta({ description: 'Parts of `prompt_tokens`.' }),
    completion_tokens_details: z
      .object({ reasoning_tokens: tokens.nullish() })
      .nullish()
      .meta({ description: 'Parts of `completion_tokens`.' }),
  }),
  {
    description: 'Tokens. An unknown count is absent.',
    examples: [{ prompt_tokens: 12, completion_tokens: 85, total_tokens: 97 }],
  },
);

const finishReason = z
  .enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])
  .meta({ description: 'Why the reply ended.' });
const reasoning = z.string().nullish().meta({ description: 'What the model thought, where its provider shows it.' });
const refusal = z.string().nullish().meta({ description: 'What the model said where it refused.' });
const functionCall = z.object({ name: z.string(), arguments: z.string().meta({ description: 'JSON.' }) });

const reasoningDetails = z
  .array(z.looseObject({ type: z.string() }))
  .nullish()
  .meta({ description: 'What the vendor wants back of its reasoning: send it back with the message.' });
const extraContent = z
  .looseObject({})
  .nullish()
  .meta({ description: 'What the vendor wants back with the call: send it back with the message.' });

const replyMessage = z.object({
  role: z.literal('assistant'),
  content: z.string().nullable().meta({ description: 'Null where something else is said in its place.' }),
  refusal,
  reasoning_content: reasoning,
  reasoning_details: reasoningDetails,
  tool_calls: z
    .array(
      z.object({
        id: z.string(),
        type: z.string(),
        function: functionCall.optional(),
        extra_content: extraContent,
      }),
    )
    .nullish()
    .meta({ description: 'The tools that the model calls.' }),
  function_call: functionCall.nullish().meta({ description: 'For callers that speak of `functions`.' }),
});

const usageExample = { prompt_tokens: 12, completion_tokens: 85, total_tokens: 97 };

export const chatCompletion = component(
  'ChatCompletion',
  z.object({
    id,
    object: z.literal('chat.completion'),
    created,
    model,
    choices: z.array(
      z.object({
        index: z.int().min(0),
        message: replyMessage,
        logprobs: z.record(z.string(), z.unknown()).nullish(),
        finish_reason: finishReason,
      }),
    ),
    usage: completionUsage.nullish(),
  }),
  {
    description: "One whole reply, as OpenAI's; what a provider adds comes along.",
    examples: [
      {
        id: 'chatcmpl-01K9Z3N4V6T8QW2R5Y7B9D1F3H',
        object: 'chat.completion',
        created: 1769860800,
        model: 'gpt-4o-mini',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'A REST API is an interface over HTTP.', refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: usageExample,
      },
    ],
  },
);

const delta = z.object({
  role: z.literal('assistant').nullish(),
  content: z.string().nullish().meta({ description: 'The next piece of the reply.' }),
  refusal,
  reasoning_content: reasoning,
  reasoning_details: reasoningDetails,
  tool_calls: z
    .array(
      z.object({
        index: z.int().min(0).meta({ description: 'Which call it is a piece of: calls may come interleaved.' }),
        id: z.string().nullish(),
        type: z.string().nullish(),
        function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
        extra_content: extraContent,
      }),
    )
    .nullish(),
  function_call: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

const chunkHead = {
  id: 'chatcmpl-01K9Z3N4V6T8QW2R5Y7B9D1F3H',
  object: 'chat.completion.chunk',
  created: 1769860800,
  model: 'gpt-4o-mini',
};

const chatChunk = component(
  'ChatCompletionChunk',
  z.object({
    id,
    object: z.literal('chat.completion.chunk'),
    created,
    model,
    choices: z
      .array(
        z.object({
          index: z.int().min(0),
          delta,
          logprobs: z.record(z.string(), z.unknown()).nullish(),
          finish_reason: finishReason.nullish(),
        }),
      )
      .meta({ description: 'None in the chunk with the usage.' }),
    usage: completionUsage
      .nullish()
      .meta({ description: 'Of the last chunk, where `stream_options.include_usage` asked for it.' }),
  }),
  {
    description: 'A piece of a reply.',
    examples: [
      { ...chunkHead, choices: [{ index: 0, delta: { content: 'A REST' }, logprobs: null, finish_reason: null }] },
      { ...chunkHead, choices: [], usage: usageExample },
    ],
  },
);

export const chatCompletionEvent = component('ChatCompletionEvent', z.union([chatChunk, openAiError]), {
  description:
    'The JSON of one `data:` line. `data: [DONE]` ends a whole reply; an error ends one that broke off, and no `[DONE]` follows.',
});

const modelExample = {
  id: 'gpt-4o-mini',
  object: 'model',
  created: 1_721_260_800,
  owned_by: 'openai',
  context_window: 128_000,
  max_output_tokens: 16_384,
  capabilities: { vision: true, pdf: true, tools: true, structured_outputs: true, reasoning: false },
};

export const openAiModel = component(
  'Model',
  z.object({
    id: z.string().meta({ description: 'As it is to be asked for.' }),
    object: z.literal('model'),
    created: z.int().meta({ description: 'When it was released, in seconds; 0 where that is not known.' }),
    owned_by: z.string().meta({ description: "The provider's id, or `route` for a route." }),
    context_window: z.int().optional().meta({ description: 'The most tokens of a request and its reply.' }),
    max_output_tokens: z.int().optional(),
    capabilities: z
      .object({
        vision: z.boolean(),
        pdf: z.boolean(),
        tools: z.boolean(),
        structured_outputs: z.boolean(),
        reasoning: z.boolean(),
      })
      .optional()
      .meta({ description: 'Left out where they are not known, as the two before it.' }),
  }),
  {
    description: 'A model, as OpenAI tells it.',
    examples: [modelExample],
  },
);

export const openAiModelList = component(
  'ModelList',
  z.object({ object: z.literal('list'), data: z.array(openAiModel) }),
  {
    description: 'Models, as OpenAI tells them.',
    examples: [{ object: 'list', data: [modelExample] }],
  },
);

export const embeddingList = component(
  'EmbeddingList',
  z.object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int().min(0),
        embedding: z
          .union([z.array(z.number()), z.string()])
          .meta({ description: 'The vector; for `encoding_format: base64` its 32-bit floats in base64.' }),
      }),
    ),
    model: z.string(),
    usage: z.object({ prompt_tokens: tokens, total_tokens: tokens }).optional(),
  }),
  {
    description: 'Vectors, in the order of the input.',
    examples: [
      {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.0123, -0.0456] }],
        model: 'text-embedding-3-small',
        usage: { prompt_tokens: 4, total_tokens: 4 },
      },
    ],
  },
);

export const responsesReply = component(
  'ResponsesReply',
  z.object({
    id: z.string(),
    object: z.literal('response'),
    status: z.string().optional().meta({
      description:
        '`completed`, `incomplete` or `failed`; in the background also `queued`, `in_progress` and `cancelled`.',
    }),
    background: z.boolean().nullish(),
    model: z.string().optional(),
    output: z
      .array(z.looseObject({ type: z.string() }))
      .optional()
      .meta({ description: 'Messages, tool calls and reasoning, whose `encrypted_content` is to be sent back.' }),
    incomplete_details: z.looseObject({ reason: z.string().optional() }).nullish(),
    error: z.looseObject({ code: z.string().nullish(), message: z.string().optional() }).nullish(),
    usage: z
      .looseObject({
        input_tokens: tokens.optional(),
        output_tokens: tokens.optional(),
        total_tokens: tokens.optional(),
      })
      .nullish()
      .meta({ description: 'Tokens. Null where no count is known.' }),
  }),
  { description: "OpenAI's Response, as the provider sent it, or translated." },
);

export const responsesEvent = component('ResponsesEvent', z.object({ type: z.string() }), {
  description:
    "One of OpenAI's Responses events, as the provider sent it, or translated. A response that broke off ends in `error`, translated also in `response.failed`.",
  examples: [{ type: 'response.output_text.delta', delta: 'A REST', sequence_number: 4 }],
});
