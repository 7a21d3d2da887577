import { builtInProviders } from '../../src/providers/catalog.ts';
import type { ProviderDescriptor } from '../../src/providers/descriptor.ts';
import { describeCompatibleProvider } from '../../src/providers/parse-compatible-providers.ts';
import type { ProviderOptions } from '../../src/providers/provider.ts';
import type { PricedProvider } from '../../src/usage/price-source.ts';

/** The descriptor of a built-in vendor. */
export function getDescriptor(id: string): ProviderDescriptor {
  const descriptor = builtInProviders.find((one) => one.id === id);
  if (!descriptor) throw new Error(`no built-in provider "${id}"`);
  return descriptor;
}

/** The descriptor of a vendor that COMPATIBLE_PROVIDERS names. */
export const acme: ProviderDescriptor = {
  ...describeCompatibleProvider({
    name: 'acme',
    baseUrl: 'https://acme.example.com/v1',
    models: [],
    includeUsage: true,
    requiresDone: false,
  }),
  displayName: 'Acme',
};

/** The options of a provider at its vendor's own base URL. */
export function providerOptions(
  descriptor: ProviderDescriptor,
  changes: Partial<ProviderOptions> = {},
): ProviderOptions {
  return { descriptor, baseUrl: descriptor.baseUrl ?? '', ...changes };
}

/** A provider for pricing: a built-in one, or one that the price list knows by its id. */
export function pricedProvider(id: string): PricedProvider {
  return builtInProviders.find((one) => one.id === id) ?? { id, pricingVendor: id };
}
