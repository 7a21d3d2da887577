import { findModelFacts } from '../providers/model-facts.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import type { PriceSource } from '../usage/price-source.ts';

/** Where a model's name may be listed, beside the provider. */
export interface ModelSources {
  readonly prices: PriceSource;
  readonly at: Date;
}

/** Returns the models of a provider whose names the gateway lists. */
export function listModelNames(entry: RegistryEntry, prices: PriceSource): string[] {
  return [entry.models ?? [], entry.defaultModel ?? [], prices.names(entry)].flat();
}

/** Returns whether the gateway lists a provider's model, in its configuration, among the prices or among the facts. */
export function isListedModel(entry: RegistryEntry, model: string, { prices, at }: ModelSources): boolean {
  return (
    listModelNames(entry, prices).includes(model) ||
    prices.findFirst(entry, [model], at) !== undefined ||
    findModelFacts(entry.pricingVendor, model) !== undefined
  );
}
