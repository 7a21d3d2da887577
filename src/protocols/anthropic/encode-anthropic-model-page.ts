import { invalidFieldError } from '../../domain/errors.ts';
import { type ListedModel, routeOwner } from '../protocol.ts';
import { encodeAnthropicModel } from './encode-anthropic-model.ts';

const defaultLimit = 20;
const maxLimit = 1000;
const lifecycles = ['active', 'deprecated', 'retired'];

/**
 * Encodes one page of models, the newest first, those without a date last. `limit`, `after_id` and `before_id` choose the page;
 * `has_more` says whether there are more in its direction. Throws `invalid_request` that names the parameter.
 */
export function encodeAnthropicModelPage(models: readonly ListedModel[], query: URLSearchParams) {
  const limit = parseLimit(query.get('limit'));
  const sorted = hasActive(query) ? models.toSorted(compareListed) : [];
  const [after, before] = [query.get('after_id'), query.get('before_id')];
  if (after !== null && before !== null) {
    throw invalidFieldError(['before_id'], 'cannot be used together with after_id: send one of them');
  }
  const start = after === null ? 0 : findIndex(sorted, 'after_id', after) + 1;
  const end = before === null ? sorted.length : findIndex(sorted, 'before_id', before);
  const page = before === null ? sorted.slice(start, start + limit) : sorted.slice(Math.max(0, end - limit), end);
  return {
    data: page.map(encodeAnthropicModel),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: page.length < end - start,
  };
}

function parseLimit(text: string | null): number {
  if (text === null) return defaultLimit;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= maxLimit) return limit;
  throw invalidFieldError(['limit'], `must be a whole number from 1 to ${maxLimit}`);
}

/** Returns whether `lifecycle` lets models through: all that are listed are active. */
function hasActive(query: URLSearchParams): boolean {
  const requested = [...query.getAll('lifecycle'), ...query.getAll('lifecycle[]')];
  if (requested.some((lifecycle) => !lifecycles.includes(lifecycle))) {
    throw invalidFieldError(['lifecycle'], `must be one of ${lifecycles.join(', ')}`);
  }
  return requested.length === 0 || requested.includes('active');
}

function findIndex(models: readonly ListedModel[], name: string, id: string): number {
  const index = models.findIndex((model) => model.id === id);
  if (index >= 0) return index;
  const cursor = name === 'after_id' ? 'last_id' : 'first_id';
  throw invalidFieldError([name], `"${id.slice(0, 256)}" is not in the list: use the ${cursor} of a page`);
}

/** Routes come first, then the newest models. */
function compareListed(one: ListedModel, other: ListedModel): number {
  const [isRoute, isOtherRoute] = [one.owner === routeOwner, other.owner === routeOwner];
  if (isRoute !== isOtherRoute) return isRoute ? -1 : 1;
  const [released, otherReleased] = [one.facts?.released ?? '', other.facts?.released ?? ''];
  if (released !== otherReleased) return released > otherReleased ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}
