import { invalidFieldError } from '../../domain/errors.ts';

const defaultLimit = 20;
const maxLimit = 100;

/**
 * Returns one page of the items of a response's input as OpenAI lists them, the last first unless `order` is `asc`. Throws
 * `invalid_request` that names the parameter. `include` is not needed: an item has all that was stored of it.
 */
export function listResponseItems(items: readonly unknown[], query: URLSearchParams) {
  const limit = parseLimit(query.get('limit'));
  const sorted = parseOrder(query.get('order')) === 'asc' ? items : items.toReversed();
  const after = query.get('after');
  const start = after === null ? 0 : findIndex(sorted, after) + 1;
  const data = sorted.slice(start, start + limit);
  return {
    object: 'list',
    data,
    first_id: readId(data[0]) ?? null,
    last_id: readId(data.at(-1)) ?? null,
    has_more: start + data.length < sorted.length,
  };
}

function parseLimit(text: string | null): number {
  if (text === null) return defaultLimit;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= maxLimit) return limit;
  throw invalidFieldError(['limit'], `must be a whole number from 1 to ${maxLimit}`);
}

function parseOrder(text: string | null): 'asc' | 'desc' {
  if (text === null || text === 'desc') return 'desc';
  if (text === 'asc') return 'asc';
  throw invalidFieldError(['order'], 'must be asc or desc');
}

function findIndex(items: readonly unknown[], id: string): number {
  const index = items.findIndex((item) => readId(item) === id);
  if (index >= 0) return index;
  throw invalidFieldError(['after'], `"${id.slice(0, 256)}" is not in the list: use the last_id of a page`);
}

function readId(item: unknown): string | undefined {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
  return typeof id === 'string' ? id : undefined;
}
