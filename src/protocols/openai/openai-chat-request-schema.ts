import * as z from 'zod';
import { reasoningEfforts } from '../../domain/reasoning-effort.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { anyObject } from './parse-openai-field.ts';

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

/** What changes no reply is as good as absent. */
const hintFields = {
  metadata: ignored,
  store: ignored,
  prompt_cache_key: ignored,
  prompt_cache_options: ignored,
  prompt_cache_retention: ignored,
};

const refusedFields = {
  audio: only(unsupported),
  logit_bias: only(
    (value) => anyObject.safeParse(value).data !== undefined && Object.keys(value as object).length === 0,
  ),
  logprobs: only((value) => value === false),
  top_logprobs: only((value) => value === 0),
  moderation: only(unsupported),
  modalities: only(
    (value) => Array.isArray(value) && value.length === 1 && value[0] === 'text',
    'must be ["text"]: this model\'s provider writes nothing else',
  ),
  n: only((value) => value === 1, 'must be 1: ask once for each reply'),
  prediction: only(unsupported),
  service_tier: only(
    (value) => value === 'auto' || value === 'default',
    "must be auto or default: this model's provider has no other tier",
  ),
  verbosity: only((value) => value === 'medium', "must be medium: this model's provider knows no other verbosity"),
  web_search_options: only(unsupported),
};

/** Every field of a Chat Completions request: those that a call can express, and what is said of the others. */
export const chatRequestSchema = z.strictObject({
  ...optionFields,
  ...nestedFields,
  ...hintFields,
  ...refusedFields,
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
      include_obfuscation: only((value) => value === false, 'must be false: streams are not obfuscated here'),
    })
    .nullish(),
});
