import type { PriceOverrideEntryFragment, SetPriceInput } from './models.generated.ts';

/** The kinds of tokens that have a price, and what counts where one is left out. */
export const priceFields = [
  { name: 'input', label: 'Input', hint: undefined },
  { name: 'output', label: 'Output', hint: 'Empty only for models that write nothing' },
  { name: 'cacheRead', label: 'Cache read', hint: 'Empty: as input' },
  { name: 'cacheWrite', label: 'Cache write', hint: 'Empty: as input' },
  { name: 'cacheWriteOneHour', label: 'Cache write, one hour', hint: 'Empty: as cache write' },
  { name: 'reasoning', label: 'Reasoning', hint: 'Empty: as output' },
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
