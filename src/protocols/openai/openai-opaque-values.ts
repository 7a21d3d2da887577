import { isOpaqueValue } from '../../domain/opaque-value.ts';
import type { ExtraContent, ReasoningDetail } from './openai-chat-api-types.ts';

/** Encodes opaque values as the `reasoning_details` of a message. */
export function encodeReasoningDetails(values: readonly string[]): ReasoningDetail[] {
  return values.map((data, index) => ({ type: 'reasoning.encrypted', data, index }));
}

/** Encodes the opaque value of a tool call; nothing where it has none. */
export function encodeExtraContent(value: string | undefined): { readonly extra_content?: ExtraContent } {
  return value === undefined ? {} : { extra_content: { google: { thought_signature: value } } };
}

/** Returns the opaque values of `reasoning_details` that came back; those of other origins say nothing here. */
export function readReasoningDetails(details: unknown): string[] {
  if (!Array.isArray(details)) return [];
  return details.flatMap((detail) => Object.values(toObject(detail)).filter(isOpaqueValue));
}

/** Returns the opaque value of `extra_content` that came back; undefined for a signature of a vendor's. */
export function readExtraContent(extraContent: unknown): string | undefined {
  return Object.values(toObject(toObject(extraContent).google)).find(isOpaqueValue);
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
