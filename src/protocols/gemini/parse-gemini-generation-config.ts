import * as z from 'zod';
import { invalidFieldError } from '../../domain/errors.ts';
import type { ChatRequest, ResponseFormat } from '../../domain/request.ts';
import { listOf } from '../../lib/list-of.ts';
import { jsonObject, mustBeAbsent } from './gemini-field-schemas.ts';
import { parseGeminiSchema } from './parse-gemini-schema.ts';

const levels = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] as const;

/** A level in any case. */
const thinkingLevel = z.preprocess((value) => {
  if (typeof value !== 'string') return value;
  const level = value.toUpperCase();
  return level === 'THINKING_LEVEL_UNSPECIFIED' ? null : level;
}, z.enum(levels, { error: 'must be MINIMAL, LOW, MEDIUM or HIGH' }).nullish());

const penalty = z.number().min(-2).max(2).nullish();

export const generationConfigSchema = z.strictObject({
  maxOutputTokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  // A number with a fraction in some clients.
  topK: z.number().min(0).nullish(),
  stopSequences: listOf(z.string(), 'must be a list of strings').nullish(),
  seed: z.int().nullish(),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
  responseMimeType: z
    .enum(['', 'text/plain', 'application/json'], {
      error: 'must be text/plain or application/json: send text/x.enum as a responseJsonSchema with enum',
    })
    .nullish(),
  responseSchema: jsonObject.nullish(),
  responseJsonSchema: jsonObject.nullish(),
  responseFormat: mustBeAbsent('is not translated: send responseMimeType and responseJsonSchema'),
  thinkingConfig: z
    .strictObject({
      // -1 leaves the budget to the model.
      thinkingBudget: z.int().min(-1).nullish(),
      thinkingLevel,
      includeThoughts: z.boolean().nullish(),
    })
    .nullish(),
  candidateCount: z.literal(1, 'can only be 1: send the request several times').nullish(),
  responseLogprobs: z
    .literal(false, 'can only be false: no other vendor returns the log probabilities of Gemini')
    .nullish(),
  responseModalities: listOf(
    z.string().regex(/^(?:text|modality_unspecified)$/i, 'can only be TEXT: pictures and audio are not translated'),
    'must be a list',
  ).nullish(),
});

type GenerationConfig = z.infer<typeof generationConfigSchema>;

/** Parses what bounds and shapes the reply. Throws `invalid_request`. */
export function parseGeminiGenerationConfig(config: GenerationConfig): Partial<ChatRequest> {
  const stop = config.stopSequences?.filter((sequence) => sequence !== '') ?? [];
  return {
    maxTokens: config.maxOutputTokens ?? undefined,
    temperature: config.temperature ?? undefined,
    topP: config.topP ?? undefined,
    // 0 chooses from all tokens, as when nothing is said.
    topK: Math.round(config.topK ?? 0) || undefined,
    stop: stop.length > 0 ? stop : undefined,
    seed: config.seed ?? undefined,
    presencePenalty: config.presencePenalty ?? undefined,
    frequencyPenalty: config.frequencyPenalty ?? undefined,
    reasoningEffort: toReasoningEffort(config.thinkingConfig),
    responseFormat: toResponseFormat(config),
  };
}

const efforts = { MINIMAL: 'minimal', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' } as const;

/**
 * A level that is named counts before a budget. A budget of 0 is no thinking, fewer than 4,096 tokens are a low effort and fewer
 * than 16,384 a medium one, as for the budgets of Messages requests.
 */
function toReasoningEffort(config: GenerationConfig['thinkingConfig']): ChatRequest['reasoningEffort'] {
  if (config?.thinkingLevel) return efforts[config.thinkingLevel];
  const budget = config?.thinkingBudget ?? -1;
  if (budget < 0) return undefined;
  if (budget === 0) return 'none';
  if (budget < 4096) return 'low';
  return budget < 16_384 ? 'medium' : 'high';
}

/** Google holds its models to the schema, which elsewhere is called strict. It gives schemas no name. */
function toResponseFormat(config: GenerationConfig): ResponseFormat | undefined {
  const { responseMimeType: type, responseSchema, responseJsonSchema } = config;
  const schema = responseJsonSchema ?? (responseSchema && parseGeminiSchema(responseSchema));
  if (schema && type === 'text/plain') {
    throw invalidFieldError(['generationConfig', 'responseMimeType'], 'must be application/json beside a schema');
  }
  if (schema) return { type: 'json_schema', name: 'response', schema, strict: true };
  return type === 'application/json' ? { type: 'json_object' } : undefined;
}
