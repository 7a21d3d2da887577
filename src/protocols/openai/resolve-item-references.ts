import { type GatewayError, invalidFieldError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { findItemReferences } from './item-references.ts';

type Body = Readonly<Record<string, unknown>>;

/** The most responses whose items a request may name, and the most characters of JSON that the items have in their places. */
const maxResponses = 200;
const maxResolvedLength = 10 * 1024 * 1024;
/** An item of a reply of this gateway's: its id has that of its response. */
const itemId = /^[a-z]+_([0-9A-Z]{26})_\d+$/;

/**
 * Resolves with a body whose references to items of stored responses are replaced by the items. A reference to anything else stays as
 * it is. Throws `invalid_request` for references to more items than a body can hold.
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
  if (suffixes.size === 0) return body;
  if (suffixes.size > maxResponses) throw tooManyError(`more than ${maxResponses} responses`);
  const ids = [...suffixes].map((suffix) => `resp_${suffix}`);
  const items = new Map<unknown, { readonly item: unknown; readonly length: number }>();
  for (const item of await responses.findItems(principal.tenantId, ids)) {
    items.set(readId(item), { item, length: JSON.stringify(item).length });
  }
  const resolved: unknown[] = [...input];
  let length = 0;
  for (const { index, id } of references) {
    const found = items.get(id);
    if (!found) continue;
    length += found.length;
    if (length > maxResolvedLength) throw tooManyError('more than 10 MiB');
    resolved[index] = found.item;
  }
  return { ...body, input: resolved };
}

function tooManyError(amount: string): GatewayError {
  return invalidFieldError(['input'], `refers to stored items of ${amount}: send a part of the conversation`);
}

function readId(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
}
