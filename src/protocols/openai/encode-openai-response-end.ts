import type { GatewayError } from '../../domain/errors.ts';
import type { FinishReason, TokenUsage } from '../../domain/response.ts';
import { encodeOpenAiError } from './encode-openai-error.ts';
import type { ResponseErrorEvent, ResponseObject, ResponseUsage } from './openai-response-api-types.ts';

type ResponseEnd = Pick<ResponseObject, 'status' | 'incomplete_details'>;

/** Encodes how a response ended. A refusal that the model has put into words is a whole reply. */
export function encodeOpenAiResponseEnd(finishReason: FinishReason, isRefused: boolean): ResponseEnd {
  if (finishReason === 'length') return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  if (finishReason === 'content_filter' && !isRefused) {
    return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
  }
  return { status: 'completed', incomplete_details: null };
}

/** Encodes token counts. Null where none is known; of two the other is 0, because the protocol wants numbers. */
export function encodeOpenAiResponseUsage({
  input,
  output,
  cacheRead,
  cacheWrite,
  reasoning,
}: TokenUsage): ResponseUsage | null {
  if (input === undefined && output === undefined) return null;
  return {
    input_tokens: input ?? 0,
    input_tokens_details: { cached_tokens: cacheRead ?? 0, cache_write_tokens: cacheWrite ?? 0 },
    output_tokens: output ?? 0,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: (input ?? 0) + (output ?? 0),
  };
}

/** Encodes the error of a response that failed in mid-stream. */
export function encodeOpenAiResponseError(error: GatewayError): { readonly code: string; readonly message: string } {
  const { code, message } = encodeOpenAiError(error).error;
  return { code, message };
}

/** Encodes the event of an error in mid-stream, without its number. */
export function encodeOpenAiErrorEvent(error: GatewayError): ResponseErrorEvent {
  const { code, message, param, type } = encodeOpenAiError(error).error;
  return { type: 'error', code, message, param, error: { type, code, message, param } };
}
