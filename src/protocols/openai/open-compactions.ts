import { isOpaqueValue } from '../../domain/opaque-value.ts';
import type { Compactions } from '../../gateway/continuity/compactions.ts';

/** Returns the opaque value of an item that is a conversation's summary; undefined for other items, and for a summary of a vendor's. */
export function readCompaction(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { type, encrypted_content: value }: { type?: unknown; encrypted_content?: unknown } = item;
  return type === 'compaction' && isOpaqueValue(value) ? value : undefined;
}

/**
 * Returns items with the gateway's own summaries as messages of the user. They are no system messages, because a conversation decides
 * what is in its summary. A summary that cannot be read stays as it is. Items without a summary are the same list.
 */
export async function openCompactions(
  compactions: Compactions,
  tenantId: string,
  items: readonly unknown[],
): Promise<readonly unknown[]> {
  if (items.every((item) => readCompaction(item) === undefined)) return items;
  return await Promise.all(items.map(async (item) => (await openCompaction(compactions, tenantId, item)) ?? item));
}

/** Returns the message that stands for an item that is a summary; undefined where it cannot be read. */
export async function openCompaction(
  compactions: Compactions,
  tenantId: string,
  item: unknown,
): Promise<object | undefined> {
  const value = readCompaction(item);
  const summary = value === undefined ? undefined : await compactions.decrypt(tenantId, value);
  if (summary === undefined) return undefined;
  const text = `Summary of the conversation so far:\n\n${summary}`;
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}
