import type { ProviderRegistry, RegistryEntry } from '../providers/registry.ts';
import type { PriceSource } from '../usage/price-source.ts';
import { isFree } from '../usage/price-usage.ts';
import type { Rate } from '../usage/rate.ts';

/** A model and its prices: dollars per million tokens, null where a price is not known. */
export interface ModelPrice {
  readonly id: string;
  readonly input: number | null;
  readonly output: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
}

interface ModelSources {
  readonly registry: ProviderRegistry;
  readonly prices: PriceSource;
}

/**
 * Lists the models of a provider that are known by name: its default, those of its descriptor, and those that have a price
 * under their whole name, where that name leads to this provider. `listed` are the models that the vendor lists: where clients get its
 * list, they take the place of the priced ones. A provider may serve more.
 */
export function listModels(
  entry: RegistryEntry,
  { registry, prices }: ModelSources,
  at: Date,
  listed?: readonly string[],
): ModelPrice[] {
  const defaultModel = entry.provider ? registry.defaultModel(entry.provider) : undefined;
  const isComplete = entry.hasModelList === true && listed !== undefined;
  const pricedModels = isComplete ? [] : prices.names(entry).filter((name) => entry.serves(name));
  const names = new Set([defaultModel ?? [], entry.models ?? [], pricedModels, listed ?? []].flat());
  return [...names].sort().map((id) => describePrice(entry, id, prices, at));
}

/** Returns a model of a provider with its prices. */
export function describePrice(entry: RegistryEntry, id: string, prices: PriceSource, at: Date): ModelPrice {
  if (isFree(entry)) return { id, input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  const { input, output, cacheRead, cacheWrite } = prices.findFirst(entry, [id], at) ?? {};
  return { id, ...dollars({ input, output, cacheRead, cacheWrite }) };
}

function dollars<Kind extends string>(rates: Record<Kind, Rate | undefined>): Record<Kind, number | null> {
  const perMillion = ([kind, rate]: [string, Rate | undefined]) => [kind, rate ? perMillionTokens(rate) : null];
  return Object.fromEntries(Object.entries<Rate | undefined>(rates).map(perMillion)) as Record<Kind, number | null>;
}

/** A rate is in yocto-dollars per token, 10⁻¹⁸ dollars per million. */
function perMillionTokens({ base }: Rate): number {
  return Number(`${base}e-18`);
}
