import * as z from 'zod';
import type { ChatRequest, ResponseFormat } from '../../domain/request.ts';
import { jsonObject } from './anthropic-field-schemas.ts';

const display = z.literal('summarized', 'can only be summarized for models other than Claude').nullish();

const thinking = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('enabled'), budget_tokens: z.number().min(0).nullish(), display }),
    z.strictObject({ type: z.literal('adaptive'), display }),
    z.strictObject({ type: z.literal('between_tools') }),
    z.strictObject({ type: z.literal('disabled') }),
  ],
  { error: 'must be enabled, adaptive, between_tools or disabled' },
);

const jsonFormat = z.strictObject({
  type: z.literal('json_schema', 'must be json_schema'),
  schema: jsonObject('must be a JSON Schema'),
});

export const outputFields = {
  thinking: thinking.nullish(),
  output_config: z
    .strictObject({
      effort: z
        .enum(['low', 'medium', 'high', 'xhigh', 'max'], { error: 'must be low, medium, high, xhigh or max' })
        .nullish(),
      format: jsonFormat.nullish(),
    })
    .nullish(),
  /** What `output_config.format` was called while it was new. */
  output_format: jsonFormat.nullish(),
};

type OutputFields = z.infer<z.ZodObject<typeof outputFields>>;

/** How hard the model is to think, and the form of its answer. */
export function parseAnthropicOutputFields(
  fields: OutputFields,
): Pick<ChatRequest, 'reasoningEffort' | 'responseFormat'> {
  return { reasoningEffort: toReasoningEffort(fields), responseFormat: toResponseFormat(fields) };
}

/**
 * An effort that is named counts before a budget. A budget of fewer than 4,096 tokens is a low effort, one of fewer than
 * 16,384 a medium one: about the budgets that a native request's efforts become at Claude (2,048, 8,192 and 24,576). Adaptive
 * thinking leaves the effort to the model, and `disabled` is what stands where nothing is said: neither asks for one.
 */
function toReasoningEffort({ thinking, output_config }: OutputFields): ChatRequest['reasoningEffort'] {
  if (output_config?.effort) return output_config.effort;
  const budget = thinking?.type === 'enabled' ? thinking.budget_tokens : undefined;
  if (budget === undefined || budget === null) return undefined;
  if (budget < 4096) return 'low';
  return budget < 16_384 ? 'medium' : 'high';
}

/** Anthropic's promise is that the answer fits the schema, which elsewhere is called strict. It gives schemas no name. */
function toResponseFormat({ output_config, output_format }: OutputFields): ResponseFormat | undefined {
  const format = output_config?.format ?? output_format;
  return format ? { type: 'json_schema', name: 'response', schema: format.schema, strict: true } : undefined;
}
