import { isAllowed, notAllowedMessage } from '../domain/allowed-names.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import type { PriceSource } from '../usage/price-source.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { GatewayRequest, Target } from './gateway-request.ts';
import { listModels } from './list-models.ts';

type EntryDependencies = Pick<GatewayDependencies, 'registry' | 'routes' | 'now'> & { readonly prices: PriceSource };

/**
 * Chooses the provider and the model of a call: with the tenant's own key where it has brought one. Throws
 * `invalid_request` where none can be chosen, `forbidden` for what the caller's key is not allowed, `unavailable` where the
 * tenant's key cannot be read: the operator's never takes its place.
 */
export async function chooseTarget(
  dependencies: EntryDependencies & Pick<GatewayDependencies, 'byokProviders' | 'health'>,
  request: Pick<GatewayRequest, 'principal' | 'provider' | 'model'>,
): Promise<Target> {
  const { tenantId, allowedProviders, allowedModels, providerKeys } = request.principal;
  const { registry, byokProviders, health } = dependencies;
  const entry = chooseEntry(dependencies, request);
  if (!isAllowed(entry.id, allowedProviders)) {
    // Names no field: the model alone may have led to this provider.
    throw new GatewayError('forbidden', `provider "${entry.id}" ${notAllowedMessage(allowedProviders)}.`);
  }
  const byokKey = providerKeys.find(({ provider }) => provider === entry.id);
  const provider =
    byokKey && entry.withKey ? await byokProviders.find(tenantId, byokKey, entry.withKey) : registry.configured(entry);
  const model = registry.modelFor(request, provider);
  if (!isAllowed(model, allowedModels)) {
    throw new GatewayError('forbidden', [
      { path: ['model'], message: `"${model}" ${notAllowedMessage(allowedModels)}` },
    ]);
  }
  const isByok = provider.isByok ?? false;
  return { provider: isByok ? provider : chooseKey({ provider, model }, entry, health), model };
}

/** Chooses one of the operator's API keys: at random, and none that has just been refused as long as another one works. */
function chooseKey(
  { provider, model }: Target,
  { withOtherKeys }: RegistryEntry,
  health: GatewayDependencies['health'],
): Provider {
  if (!withOtherKeys) return provider;
  const all = [provider, ...withOtherKeys];
  const working = all.filter((one) => health.cooldownUntilMs(one, model) === undefined);
  const candidates = working.length > 0 ? working : all;
  return candidates[Math.floor(Math.random() * candidates.length)] ?? provider;
}

/** Chooses the provider of a request, configured or not. Throws `invalid_request` where none can be chosen. */
export function chooseEntry(
  { registry, prices, routes, now }: EntryDependencies,
  requested: Pick<GatewayRequest, 'principal' | 'provider' | 'model'>,
): RegistryEntry {
  const { tenantId, providerKeys: ownKeys } = requested.principal;
  const listModelNames = () => {
    const at = new Date(now());
    const entries = registry.nameable(ownKeys);
    const models = entries.flatMap((other) => listModels(other, { registry, prices }, at).map(({ id }) => id));
    return [...routes.list(tenantId).map(({ name }) => name), ...models];
  };
  return registry.choose(requested, { ownKeys, listModelNames });
}

/** Resolves with the providers for which a tenant has a key of its own, and that its API key may use. */
export async function findByokProviders(
  { registry, byokProviders }: Pick<GatewayDependencies, 'registry' | 'byokProviders'>,
  { tenantId, allowedProviders, providerKeys }: GatewayRequest['principal'],
): Promise<Provider[]> {
  const providers: Provider[] = [];
  for (const { id, withKey } of registry.entries) {
    const byokKey = providerKeys.find(({ provider }) => provider === id);
    if (!byokKey || !withKey || !isAllowed(id, allowedProviders)) continue;
    providers.push(await byokProviders.find(tenantId, byokKey, withKey));
  }
  return providers;
}
