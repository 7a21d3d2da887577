/** Parts of content that are thinking. Source: Mistral's API reference, `ThinkChunk`. */
const thinkingTypes: ReadonlySet<unknown> = new Set(['thinking', 'reasoning']);

/**
 * Returns the text of content that is not a plain string: a list of parts, as it stands in requests, or one part. Undefined
 * where there is none.
 */
export function decodeTextParts(content: unknown): string | undefined {
  return joinTexts(toList(content).filter((part) => !isThinking(part)));
}

/** Returns the thinking among the parts of content: Mistral's `{type: 'thinking', thinking: [{type: 'text', text}]}`. */
export function decodeThinkingParts(content: unknown): string | undefined {
  const parts = toList(content).filter(isThinking);
  return joinTexts(parts.flatMap((part) => toList(getField(part, 'thinking') ?? part)));
}

function isThinking(part: unknown): boolean {
  return thinkingTypes.has(getField(part, 'type'));
}

function toList(content: unknown): readonly unknown[] {
  if (content === null || content === undefined) return [];
  return Array.isArray(content) ? content : [content];
}

function joinTexts(parts: readonly unknown[]): string | undefined {
  const texts = parts.map((part) => (typeof part === 'string' ? part : getField(part, 'text')));
  return texts.filter((text) => typeof text === 'string').join('') || undefined;
}

function getField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
