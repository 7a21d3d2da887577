import { invalidFieldError } from '../../domain/errors.ts';
import type { ChatRequest } from '../../domain/request.ts';
import { getClaudeFamily } from './anthropic-max-output-tokens.ts';
import type { Thinking } from './encode-anthropic-thinking.ts';

interface Sampling {
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
}

/** The models that take either `temperature` or `top_p`. */
const exclusiveFamilies = /^claude-(?:opus-4-[156]|sonnet-4-[56]|haiku-4-5)$/;
/** The models that take neither. */
const unsampledFamilies = /^claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku)-(?:[5-9]|\d\d)(?:-\d+)?|(?:fable|mythos)-.+)$/;
/** Thinking takes no smaller share. */
const minTopPOfThinking = 0.95;

/**
 * Encodes how the next token is chosen, as far as the model takes it: newer ones take one field or none, and a model that thinks
 * takes no temperature. In a strict request the fields stay as they are, and a temperature above 1 throws `invalid_request`.
 * Source: platform.claude.com/docs, "Extended thinking" and the migration guides of the models.
 */
export function encodeAnthropicSampling(request: ChatRequest, { thinking }: Thinking, vendorName: string): Sampling {
  const { temperature, topP, topK, translation } = request;
  const isInRange = temperature === undefined || (temperature >= 0 && temperature <= 1);
  if (!translation) {
    if (!isInRange) throw invalidFieldError(['temperature'], `must be between 0 and 1 for ${vendorName}`);
    return { temperature, top_p: topP, top_k: topK };
  }
  const family = getClaudeFamily(request.model);
  const isUnsampled = unsampledFamilies.test(family);
  const isThinking = thinking !== undefined;
  const clamped = isInRange ? temperature : 1;
  const sent = {
    temperature: isUnsampled || (isThinking && clamped !== 1) ? undefined : clamped,
    top_p: isUnsampled || (isThinking && (topP ?? 1) < minTopPOfThinking) ? undefined : topP,
    top_k: isUnsampled || isThinking ? undefined : topK,
  };
  if (exclusiveFamilies.test(family) && sent.temperature !== undefined) sent.top_p = undefined;
  // 1 is what a model does anyway.
  if (sent.temperature !== temperature && temperature !== 1) translation.adjust(['temperature']);
  if (sent.top_p !== topP && topP !== 1) translation.adjust(['top_p']);
  if (sent.top_k !== topK) translation.adjust(['top_k']);
  return sent;
}
