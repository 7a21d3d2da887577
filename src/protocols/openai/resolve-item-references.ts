import type { Principal } from '../../domain/principal.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { findItemReferences } from './item-references.ts';

type Body = Readonly<Record<string, unknown>>;

/** The most responses whose items a request may name. */
const maxResponses = 200;
/** An item of a reply of this gateway's: its id has that of its response. */
const itemId = /^[a-z]+_([0-9A-Z]{26})_\d+$/;

/**
 * Resolves with a body whose references to items of stored responses are replaced by the items. A reference to anything else stays as
 * it is.
 */
export async function resolveItemReferences<Fields extends Body>(
  responses: ResponseStore,
  principal: Pick<Principal, 'tenantId' | 'storeResponses'>,
  body: Fields,
): Promise<Fields> {
  const { input } = body;
  if (!Array.isArray(input) || !responses.isEnabled(principal)) return body;
  const references = findItemReferences(input);
  const suffixes = new Set(references.flatMap(({ id }) => (typeof id === 'string' && itemId.exec(id)?.[1]) || []));
  if (suffixes.size === 0 || suffixes.size > maxResponses) return body;
  const ids = [...suffixes].map((suffix) => `resp_${suffix}`);
  const items = new Map<unknown, unknown>();
  for (const item of await responses.findItems(principal.tenantId, ids)) items.set(readId(item), item);
  const resolved: unknown[] = [...input];
  for (const { index, id } of references) resolved[index] = items.get(id) ?? resolved[index];
  return { ...body, input: resolved };
}

function readId(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
}
