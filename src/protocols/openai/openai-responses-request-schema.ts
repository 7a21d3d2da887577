import * as z from 'zod';
import { reasoningEfforts } from '../../domain/reasoning-effort.ts';
import { optionFields } from './parse-openai-chat-options.ts';

const passthroughField = z.unknown().optional();

/** A field of what the vendor stores or runs itself. */
function openAiOnly(fix: string) {
  return z.custom<null>((value) => value === null, `cannot be sent to this model's provider: ${fix}`).optional();
}

/** Looked at apart from the rest. */
const nestedFields = {
  input: passthroughField,
  tools: passthroughField,
  tool_choice: passthroughField,
  text: passthroughField,
};

/** Every field of a Responses request that a call can express. The field policy drops the others before. */
export const responsesRequestSchema = z.strictObject({
  model: optionFields.model,
  stream: optionFields.stream,
  ...nestedFields,
  instructions: z.string().nullish(),
  max_output_tokens: optionFields.max_tokens,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(reasoningEfforts, { error: `must be one of ${reasoningEfforts.join(', ')}` }).nullish(),
      summary: z.string().nullish(),
    })
    .nullish(),
  include: z
    .array(z.literal('reasoning.encrypted_content', "cannot be had of this model's provider: leave it out"))
    .max(16)
    .nullish(),
  store: z.boolean().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  background: z.boolean().nullish(),
  conversation: openAiOnly('send the whole conversation in input'),
  previous_response_id: z.string().nullish(),
  prompt: openAiOnly('send its text in input and instructions'),
});

export type ResponsesRequest = z.infer<typeof responsesRequestSchema>;
