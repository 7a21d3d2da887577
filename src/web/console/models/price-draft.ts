import type { PriceOverrideEntryFragment, SetPriceInput } from './models.generated.ts';

/** The kinds of tokens that have a price, and what counts where one is left out. */
export const priceFields = [
  { name: 'input', label: 'Input', fallback: undefined },
  { name: 'output', label: 'Output', fallback: 'writes nothing' },
  { name: 'cacheRead', label: 'Cache read', fallback: 'as input' },
  { name: 'cacheWrite', label: 'Cache write', fallback: 'as input' },
  { name: 'cacheWriteOneHour', label: 'Cache write, one hour', fallback: 'as cache write' },
  { name: 'reasoning', label: 'Reasoning', fallback: 'as output' },
] as const;

type PriceField = (typeof priceFields)[number]['name'];

/** A price while it is edited: dollars per million tokens as texts. */
export type PriceDraft = Readonly<Record<PriceField | 'provider' | 'model', string>>;

export const pricePaths = ['provider', 'model', ...priceFields.map(({ name }) => name)];

export function createPriceDraft(
  { provider, model }: Pick<PriceDraft, 'provider' | 'model'>,
  override?: PriceOverrideEntryFragment,
): PriceDraft {
  const prices = Object.fromEntries(priceFields.map(({ name }) => [name, override?.[name] ?? '']));
  return { provider, model, ...(prices as Record<PriceField, string>) };
}

/** Encodes a draft as the input of `setPrice`. The gateway checks the texts: a price never goes through a number. */
export function encodePriceDraft({ provider, model, input, ...prices }: PriceDraft): SetPriceInput {
  const optional = Object.entries(prices)
    .map(([name, text]) => [name, text.trim()] as const)
    .filter(([, text]) => text !== '');
  return { provider, model: model.trim(), input: input.trim(), ...Object.fromEntries(optional) };
}
