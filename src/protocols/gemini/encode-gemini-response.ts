import type { ContentPart } from '../../domain/request.ts';
import type { CompletedChat } from '../../gateway/gateway-request.ts';
import { encodeGeminiFinishReason } from './encode-gemini-finish-reason.ts';
import { encodeGeminiUsage } from './encode-gemini-usage.ts';
import type { GenerateContentResponse, Part } from './gemini-api-types.ts';
import { GeminiPartEncoder } from './gemini-part-encoder.ts';

export interface GeminiResponseOptions {
  readonly responseId: string;
  /** The model that was asked for. */
  readonly model: string;
  readonly includeThoughts: boolean;
}

/** Encodes a whole reply. A refusal is its last text, under the finish reason that says so. */
export function encodeGeminiResponse(
  reply: Pick<CompletedChat, 'content' | 'refusal' | 'finishReason' | 'usage'>,
  { responseId, model, includeThoughts }: GeminiResponseOptions,
): GenerateContentResponse {
  const encoder = new GeminiPartEncoder({ includeThoughts });
  const parts = reply.content.flatMap((part) => encodePart(part, encoder));
  if (reply.refusal) parts.push(...encoder.encodeText(reply.refusal));
  parts.push(...encoder.flush());
  const finishReason = encodeGeminiFinishReason(reply.finishReason, Boolean(reply.refusal));
  const usageMetadata = encodeGeminiUsage(reply.usage);
  return {
    candidates: [{ content: { parts, role: 'model' }, finishReason, index: 0 }],
    ...(usageMetadata && { usageMetadata }),
    modelVersion: model,
    responseId,
  };
}

function encodePart(part: ContentPart, encoder: GeminiPartEncoder): Part[] {
  switch (part.type) {
    case 'text':
      return encoder.encodeText(part.text, part.signature !== undefined);
    case 'reasoning':
      return encoder.encodeReasoning(part);
    case 'tool_call':
      return encoder.encodeCall(part);
  }
}
