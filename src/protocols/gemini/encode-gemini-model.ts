import { invalidFieldError } from '../../domain/errors.ts';
import type { ListedModel } from '../protocol.ts';

const defaultPageSize = 50;
const maxPageSize = 1000;

/** Encodes a model. Sizes that are not known are left out. */
export function encodeGeminiModel({ id, contextWindow, facts }: ListedModel) {
  const isEmbedding = /embed/i.test(id);
  return {
    name: `models/${id}`,
    displayName: facts?.name ?? id,
    ...(facts?.released !== undefined && { version: facts.released }),
    ...(contextWindow !== undefined && { inputTokenLimit: contextWindow }),
    ...(facts?.maxOutputTokens !== undefined && { outputTokenLimit: facts.maxOutputTokens }),
    supportedGenerationMethods: isEmbedding ? ['embedContent', 'countTokens'] : ['generateContent', 'countTokens'],
    ...(facts && { thinking: facts.abilities.includes('reasoning') }),
  };
}

/**
 * Encodes one page of models. `pageSize` and `pageToken` choose it; more than 1,000 are 1,000, as Google's API has it. Throws
 * `invalid_request` that names the parameter.
 */
export function encodeGeminiModelPage(models: readonly ListedModel[], query: URLSearchParams) {
  const size = parsePageSize(query.get('pageSize') ?? query.get('page_size'));
  const start = findStart(models, query.get('pageToken') ?? query.get('page_token'));
  const next = models[start + size];
  return {
    models: models.slice(start, start + size).map(encodeGeminiModel),
    ...(next && { nextPageToken: next.id }),
  };
}

function parsePageSize(text: string | null): number {
  if (text === null || text === '') return defaultPageSize;
  if (!/^\d{1,9}$/.test(text)) throw invalidFieldError(['pageSize'], 'must be a whole number that is not negative');
  return Math.min(Number(text), maxPageSize) || defaultPageSize;
}

/** A page's token is the id of its first model. */
function findStart(models: readonly ListedModel[], token: string | null): number {
  if (token === null || token === '') return 0;
  const index = models.findIndex(({ id }) => id === token);
  if (index >= 0) return index;
  throw invalidFieldError(['pageToken'], 'is not the nextPageToken of a page');
}
