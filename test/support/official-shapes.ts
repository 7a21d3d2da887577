import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Completion } from 'openai/resources/completions';
import type { CreateEmbeddingResponse, Embedding } from 'openai/resources/embeddings';
import type { Model } from 'openai/resources/models';
import * as z from 'zod';

/*
 * Schemas of OpenAI's replies, by the types of its official client, which are generated from OpenAI's OpenAPI document. A value
 * that matches a schema has the client's type: `satisfies` checks that at compile time.
 */

const tokens = z.int().min(0);
const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call']);

const usage = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  total_tokens: tokens,
  prompt_tokens_details: z
    .object({ cached_tokens: tokens.exactOptional(), audio_tokens: tokens.exactOptional() })
    .exactOptional(),
  completion_tokens_details: z
    .object({ reasoning_tokens: tokens.exactOptional(), audio_tokens: tokens.exactOptional() })
    .exactOptional(),
});

const calledFunction = z.object({ name: z.string(), arguments: z.string() });

export const officialChatCompletion = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      finish_reason: finishReason,
      logprobs: z.null(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullable(),
        tool_calls: z
          .array(z.object({ id: z.string(), type: z.literal('function'), function: calledFunction }))
          .exactOptional(),
        function_call: calledFunction.nullable().exactOptional(),
      }),
    }),
  ),
  usage: usage.exactOptional(),
}) satisfies z.ZodType<ChatCompletion>;

export const officialChatChunk = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      finish_reason: finishReason.nullable(),
      delta: z.object({
        role: z.enum(['developer', 'system', 'user', 'assistant', 'tool']).exactOptional(),
        content: z.string().nullable().exactOptional(),
        refusal: z.string().nullable().exactOptional(),
        tool_calls: z
          .array(
            z.object({
              index: z.int(),
              id: z.string().exactOptional(),
              type: z.literal('function').exactOptional(),
              function: z
                .object({ name: z.string().exactOptional(), arguments: z.string().exactOptional() })
                .exactOptional(),
            }),
          )
          .exactOptional(),
      }),
    }),
  ),
  usage: usage.nullable().exactOptional(),
}) satisfies z.ZodType<ChatCompletionChunk>;

export const officialModel = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
}) satisfies z.ZodType<Model>;

export const officialModelList = z.object({ object: z.literal('list'), data: z.array(officialModel) });

export const officialEmbeddings = z.object({
  object: z.literal('list'),
  model: z.string(),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.array(z.number()),
    }) satisfies z.ZodType<Embedding>,
  ),
  usage: z.object({ prompt_tokens: tokens, total_tokens: tokens }),
}) satisfies z.ZodType<CreateEmbeddingResponse>;

export const officialCompletion = z.object({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      text: z.string(),
      logprobs: z.null(),
      finish_reason: z.enum(['stop', 'length', 'content_filter']),
    }),
  ),
  usage,
}) satisfies z.ZodType<Completion>;
