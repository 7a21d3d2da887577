import { changeJsonValues } from '../../../lib/change-json-values.ts';
import { findJsonSpans } from '../../../lib/find-json-spans.ts';

/**
 * Returns the items of an output as a later input has them: JSON, joined by commas, and their number. Reasoning without its content
 * is left out, because a provider that has not stored it refuses it, and with it the ids of the other items, which refer to it.
 */
export function toKeptItems(output: string): { readonly items: string; readonly itemCount: number } {
  const texts = findJsonSpans(output, ['*']).map(({ start, end }) => output.slice(start, end));
  const kept = texts.filter((text) => !isBareReasoning(text));
  const items = kept.length === texts.length ? kept : kept.map((text) => changeJsonValues(text, ['id'], () => null));
  return { items: items.join(), itemCount: items.length };
}

function isBareReasoning(text: string): boolean {
  const item: { type?: unknown; encrypted_content?: unknown; content?: unknown } | null = JSON.parse(text);
  if (item?.type !== 'reasoning') return false;
  return typeof item.encrypted_content !== 'string' && !(Array.isArray(item.content) && item.content.length > 0);
}
