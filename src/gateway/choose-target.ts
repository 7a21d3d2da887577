import { GatewayError } from '../domain/errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { PriceSource } from '../usage/price-source.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { GatewayRequest, Target } from './gateway-request.ts';
import { listModels } from './list-models.ts';

/**
 * Chooses the provider and the model of a call: with the tenant's own key where it has brought one. Throws
 * `invalid_request` where none can be chosen, `forbidden` for what the caller's key is not allowed, `unavailable` where the
 * tenant's key cannot be read: the operator's never takes its place.
 */
export async function chooseTarget(
  {
    registry,
    byokProviders,
    prices,
    now,
  }: Pick<GatewayDependencies, 'registry' | 'byokProviders' | 'now'> & { readonly prices: PriceSource },
  request: Pick<GatewayRequest, 'principal' | 'provider' | 'model'>,
): Promise<Target> {
  const { tenantId, allowedProviders, allowedModels, providerKeys } = request.principal;
  const entry = registry.choose(request, {
    ownKeys: providerKeys,
    listModelNames: () =>
      registry
        .nameable(providerKeys)
        .flatMap((other) => listModels(other, { registry, prices }, new Date(now())).map(({ id }) => id)),
  });
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
  return { provider, model };
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

function isAllowed(name: string, allowed: readonly string[] | null): boolean {
  return allowed === null || allowed.includes(name);
}

function notAllowedMessage(allowed: readonly string[] | null): string {
  return `is not allowed to this API key: it may use ${allowed?.slice(0, 20).join(', ') || 'none'}`;
}
