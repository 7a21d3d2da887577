import type { TokenUsage } from '../../domain/response.ts';
import { markUnpriced } from '../mark-unpriced.ts';

/** The endpoints whose replies count tokens, each in its own way. */
export type MediaKind = 'image' | 'image_edit' | 'transcript' | 'speech';

/** The counts that are read here. Another one may be billed at a price that no list contains. */
const readCounts: ReadonlySet<string> = new Set([
  ...['input_tokens', 'output_tokens', 'total_tokens', 'image_tokens', 'text_tokens', 'audio_tokens'],
  ...['input_tokens_details', 'input_token_details', 'output_tokens_details', 'output_token_details'],
]);

/**
 * Decodes the `usage` of a reply with pictures or audio. Undefined where it has none. What is billed by the second, or counts something
 * that is not read here, has no known price.
 */
export function decodeOpenAiMediaUsage(value: unknown, kind: MediaKind): TokenUsage | undefined {
  if (!isRecord(value)) return undefined;
  const input = asCount(value.input_tokens);
  const output = asCount(value.output_tokens);
  if (input === undefined || output === undefined || hasOtherCounts(value)) {
    return markUnpriced(input === undefined && output === undefined ? undefined : { input, output });
  }
  const inputDetails = firstRecord(value.input_tokens_details, value.input_token_details);
  const outputDetails = firstRecord(value.output_tokens_details, value.output_token_details);
  switch (kind) {
    case 'speech':
      return { input, output, audioOutput: output };
    case 'transcript':
      return { input, output, audioInput: countPart(input, inputDetails?.audio_tokens, input) };
    default: {
      // A picture that is made of text reads no pictures.
      const imageInput = countPart(input, inputDetails?.image_tokens, kind === 'image' ? 0 : input);
      return { input, output, imageInput, imageOutput: countPart(output, outputDetails?.image_tokens, output) };
    }
  }
}

/** Returns a part of a count: at most all of it, and `fallback` where the provider does not say. */
function countPart(whole: number, part: unknown, fallback: number): number {
  return Math.min(whole, asCount(part) ?? fallback);
}

function hasOtherCounts(value: Fields): boolean {
  return Object.entries(value).some(([name, inner]) => {
    if (isRecord(inner)) return hasOtherCounts(inner);
    return typeof inner === 'number' && inner !== 0 && !readCounts.has(name);
  });
}

type Fields = Readonly<Record<string, unknown>>;

function firstRecord(...values: readonly unknown[]): Fields | undefined {
  return values.find(isRecord);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
