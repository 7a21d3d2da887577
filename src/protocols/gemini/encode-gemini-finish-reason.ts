import type { FinishReason } from '../../domain/response.ts';
import type { FinishReason as GeminiFinishReason } from './gemini-api-types.ts';

const finishReasons: Readonly<Record<FinishReason, GeminiFinishReason>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  // A reply with calls has no reason of its own.
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
  other: 'OTHER',
};

/** Encodes why a reply ended. A reply with a refusal ends in SAFETY for any finish reason. */
export function encodeGeminiFinishReason(finishReason: FinishReason, isRefused: boolean): GeminiFinishReason {
  return isRefused ? 'SAFETY' : finishReasons[finishReason];
}
