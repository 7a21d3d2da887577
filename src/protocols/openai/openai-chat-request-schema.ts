import * as z from 'zod';
import { reasoningEfforts } from '../../domain/reasoning-effort.ts';
import { optionFields } from './parse-openai-chat-options.ts';

const noCounterpart = "has no counterpart at this model's provider: leave it out";

/** A field that no other protocol has words for: it may only say what it would say by not being there. */
function only(isNothing: (value: unknown) => boolean, fault = noCounterpart) {
  return z.custom<unknown>((value) => value === null || isNothing(value), fault).optional();
}

const unsupported = () => false;
const ignored = z.unknown().optional();
const passthroughField = z.unknown().optional();
const penalty = z.number().min(-2).max(2).nullish();

/** Looked at apart from the rest. */
const nestedFields = {
  messages: passthroughField,
  stop: passthroughField,
  tools: passthroughField,
  tool_choice: passthroughField,
  functions: passthroughField,
  function_call: passthroughField,
  response_format: passthroughField,
};

/** The field policy drops these before the request is parsed. */
const droppedFields = {
  logit_bias: ignored,
  metadata: ignored,
  moderation: ignored,
  prediction: ignored,
  prompt_cache_key: ignored,
  prompt_cache_options: ignored,
  prompt_cache_retention: ignored,
  service_tier: ignored,
  store: ignored,
  top_logprobs: ignored,
  verbosity: ignored,
  web_search_options: ignored,
};

/** Without these the reply would lack what the client asked for. */
const essentialFields = {
  audio: only(unsupported),
  logprobs: only((value) => value === false),
  modalities: only(
    (value) => Array.isArray(value) && value.length === 1 && value[0] === 'text',
    'must be ["text"]: this model\'s provider writes nothing else',
  ),
  n: only((value) => value === 1, 'must be 1: ask once for each reply'),
};

/** Every field of a Chat Completions request: those that a call can express, and what is said of the others. */
export const chatRequestSchema = z.strictObject({
  ...optionFields,
  ...nestedFields,
  ...droppedFields,
  ...essentialFields,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  seed: z.int().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning_effort: z.enum(reasoningEfforts, { error: `must be one of ${reasoningEfforts.join(', ')}` }).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish(),
      include_obfuscation: ignored,
    })
    .nullish(),
});
