import type { TokenUsage } from '../../domain/response.ts';
import type { UsageMetadata } from './gemini-api-types.ts';

/** Encodes token counts. Gemini counts thoughts beside the candidates. Undefined where nothing was counted. */
export function encodeGeminiUsage({ input, output, cacheRead, reasoning }: TokenUsage = {}): UsageMetadata | undefined {
  if (input === undefined && output === undefined) return undefined;
  return {
    ...(input !== undefined && { promptTokenCount: input }),
    ...(cacheRead && { cachedContentTokenCount: cacheRead }),
    ...(output !== undefined && { candidatesTokenCount: Math.max(0, output - (reasoning ?? 0)) }),
    ...(reasoning && { thoughtsTokenCount: reasoning }),
    ...(input !== undefined && output !== undefined && { totalTokenCount: input + output }),
  };
}
