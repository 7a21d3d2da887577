import { unknownValue } from '../ui/format.ts';
import type { PriceOverrideEntryFragment, ProvidersQuery } from './models.generated.ts';

type Provider = ProvidersQuery['providers'][number];

/** A model with its prices: dollars per million tokens, null where a price is not known. */
export interface ListedPrice {
  readonly provider: string;
  readonly model: string;
  readonly inputPrice: number | null;
  readonly outputPrice: number | null;
  readonly cacheReadPrice: number | null;
  readonly cacheWritePrice: number | null;
}

interface PriceFilter {
  /** A part of the name of a model, in any case. */
  readonly search: string;
  /** The id of a provider; empty: all. */
  readonly provider: string;
}

/** Lists the models of all providers whose names have a text in them. */
export function listPrices(providers: readonly Provider[], { search, provider }: PriceFilter): ListedPrice[] {
  const text = search.trim().toLowerCase();
  return providers
    .filter(({ id }) => provider === '' || id === provider)
    .flatMap(({ id, models }) =>
      models
        .filter((model) => `${id}/${model.id}`.toLowerCase().includes(text))
        .map(({ id: model, ...prices }) => ({ provider: id, model, ...prices })),
    );
}

/** Returns the prices that are set now: the newest entry of each model, unless it takes a price back. */
export function findCurrentOverrides(history: readonly PriceOverrideEntryFragment[]): PriceOverrideEntryFragment[] {
  const newest = new Map<string, PriceOverrideEntryFragment>();
  for (const entry of history) {
    const key = formatPlace(entry);
    if (!newest.has(key)) newest.set(key, entry);
  }
  return [...newest.values()].filter(({ unset }) => !unset);
}

/** Formats a model with its provider. Overrides are in lower case. */
export function formatPlace({ provider, model }: Pick<ListedPrice, 'provider' | 'model'>): string {
  return `${provider}/${model.toLowerCase()}`;
}

const dollars = new Intl.NumberFormat(undefined, {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumFractionDigits: 12,
});

/** Formats dollars per million tokens with all their digits. */
export function formatPrice(price: number | null | undefined): string {
  return price == null ? unknownValue : dollars.format(price);
}
