import { GatewayError } from '../domain/errors.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { GatewayRequest, Target } from './gateway-request.ts';

/**
 * Chooses the provider and the model of a call: with the tenant's own key where it has brought one. Throws
 * `invalid_request` where none can be chosen, `forbidden` for what the caller's key is not allowed, `unavailable` where the
 * tenant's key cannot be read: the operator's never takes its place.
 */
export async function chooseTarget(
  { registry, byokProviders }: Pick<GatewayDependencies, 'registry' | 'byokProviders'>,
  request: Pick<GatewayRequest, 'principal' | 'provider' | 'model'>,
): Promise<Target> {
  const { tenantId, allowedProviders, allowedModels, providerKeys } = request.principal;
  const entry = registry.choose(request);
  checkAllowed('provider', entry.id, allowedProviders);
  const byokKey = providerKeys.find(({ provider }) => provider === entry.id);
  const provider =
    byokKey && entry.withKey ? await byokProviders.find(tenantId, byokKey, entry.withKey) : registry.configured(entry);
  const model = registry.modelFor(request, provider);
  checkAllowed('model', model, allowedModels);
  return { provider, model };
}

function checkAllowed(field: string, name: string, allowed: readonly string[] | null): void {
  if (allowed === null || allowed.includes(name)) return;
  const names = allowed.length === 0 ? 'none' : allowed.slice(0, 20).join(', ');
  throw new GatewayError('forbidden', `${field} "${name}" is not allowed to this API key: it may use ${names}.`);
}
