import { GatewayError } from '../domain/errors.ts';
import { findProvider } from '../domain/find-provider.ts';
import type { Route, RouteTarget } from '../domain/route.ts';
import { hashToUnit } from '../lib/hash-to-unit.ts';
import type { Provider } from '../providers/provider.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { GatewayRequest, RoutedRequest } from './gateway-request.ts';
import { type Candidate, RoutePlan } from './route-plan.ts';

/**
 * Creates the plan of a request over the targets of a route: those whose provider the API key may use, and that has an API key,
 * the tenant's own where it has one. Throws `forbidden` or `invalid_request` where no target is left.
 */
export async function createRoutePlan(
  dependencies: GatewayDependencies,
  request: RoutedRequest,
  route: Route,
  startedAtMs: number,
): Promise<RoutePlan> {
  const { health, prices, now } = dependencies;
  const candidates: Candidate[] = [];
  const problems: string[] = [];
  for (const target of route.targets) {
    const providers = await findTargetProviders(dependencies, request, target);
    if (typeof providers === 'string') problems.push(providers);
    // Each API key has its share of the target's weight.
    else
      candidates.push(
        ...providers.map((provider, keyIndex) => toCandidate(target, { provider, keyIndex, keys: providers.length })),
      );
  }
  if (candidates.length === 0) {
    const reasons = [...new Set(problems)].join('; ');
    throw new GatewayError('invalid_request', [
      { path: ['model'], message: `"${route.name}" is a route without a target that this request can use: ${reasons}` },
    ]);
  }
  const stickyKey =
    route.sticky === 'session' ? request.sessionId : route.sticky === 'endUser' ? request.endUser : undefined;
  const { attempts, deadlineMs } = route.retry;
  return new RoutePlan({
    retry: { attempts: Math.min(attempts, request.maxAttempts ?? attempts), deadlineMs },
    candidates,
    health,
    sample: ({ provider, model, keyIndex }) =>
      stickyKey === undefined
        ? 1 - Math.random()
        : hashToUnit(JSON.stringify([request.principal.tenantId, stickyKey, provider.id, model, keyIndex])),
    getContextWindow: ({ provider, model }) => prices.findContextWindow(provider, model),
    startedAtMs,
    now,
    random: Math.random,
  });
}

function toCandidate(
  { weight, ...target }: RouteTarget,
  { provider, keyIndex, keys }: { readonly provider: Provider; readonly keyIndex: number; readonly keys: number },
): Candidate {
  return { ...target, weight: weight / keys, provider, keyIndex };
}

/** Resolves with the provider of a target, once for each of its API keys, or with why the request cannot use it. */
async function findTargetProviders(
  { registry, byokProviders }: Pick<GatewayDependencies, 'registry' | 'byokProviders'>,
  { principal: { tenantId, allowedProviders, providerKeys } }: Pick<GatewayRequest, 'principal'>,
  { provider: name }: RouteTarget,
): Promise<readonly Provider[] | string> {
  const entry = findProvider(registry.entries, name);
  if (!entry) return `provider "${name}" is unknown`;
  if (allowedProviders !== null && !allowedProviders.includes(entry.id)) {
    return `provider "${entry.id}" is not allowed to this API key`;
  }
  const byokKey = providerKeys.find(({ provider }) => provider === entry.id);
  if (byokKey && entry.withKey) {
    return await byokProviders
      .find(tenantId, byokKey, entry.withKey)
      .then((provider) => [provider])
      .catch(() => `the tenant's own key for provider "${entry.id}" cannot be read`);
  }
  if (!entry.provider) return `provider "${entry.id}" is not configured`;
  return [entry.provider, ...(entry.withOtherKeys ?? [])];
}
