import { findEffectivePriceOverrides } from '../db/queries/price-overrides.ts';
import { listProviderKeys } from '../db/queries/provider-keys.ts';
import { findRouteVersions } from '../db/queries/routes.ts';
import type { Route, RouteTarget } from '../domain/route.ts';
import { describePrice } from '../gateway/list-models.ts';
import { createLogger } from '../lib/logger.ts';
import { explainRoute } from '../routing/explain-route.ts';
import { PriceBook } from '../usage/price-book.ts';
import { prices } from '../usage/prices.ts';
import type { AdminDependencies, AdminResult } from './admin-command.ts';
import { formatTable } from './format-table.ts';

/** Formats a table of routes, with who has changed the stored ones last. */
export async function formatRoutes({ database }: AdminDependencies, routes: readonly Route[]): Promise<string> {
  const stored = routes.filter(({ version }) => version > 0);
  const versions = stored.length === 0 ? [] : await findRouteVersions(database, stored, 1);
  const rows = routes.toSorted(compareRoutes).map((route) => {
    const { name, tenantId, version } = route;
    const latest = versions.find((other) => other.name === name && other.tenantId === tenantId);
    const origin =
      version === 0 ? ['file', '', ''] : [String(version), latest?.changedBy, latest?.createdAt.toISOString()];
    return [
      name,
      tenantId ?? 'global',
      ...origin.map((cell) => cell ?? ''),
      route.targets.map(formatTarget).join(', '),
    ];
  });
  return formatTable(['name', 'tenant', 'version', 'changed by', 'changed', 'targets'], rows);
}

function formatTarget({ provider, model, tier, weight }: RouteTarget): string {
  return `${provider}/${model} (tier ${tier}, weight ${weight})`;
}

/** Sorts by name, then the global route first. */
export function compareRoutes(left: Route, right: Route): number {
  return left.name.localeCompare(right.name) || (left.tenantId ?? '').localeCompare(right.tenantId ?? '');
}

/** Formats what a request for a route would do. `tenantId` empty: a request of no tenant in particular. */
export async function formatExplanation(
  { database, registry: { entries }, now }: AdminDependencies,
  route: Route,
  tenantId: string,
): Promise<AdminResult> {
  const priceBook = new PriceBook({
    list: prices,
    load: () => findEffectivePriceOverrides(database),
    logger: createLogger('warn', console.error),
    now,
  });
  await priceBook.reload();
  const keys = tenantId === '' ? [] : await listProviderKeys(database, tenantId);
  const byokProviders = new Map(keys.map(({ provider }) => [provider, undefined]));
  const explained = explainRoute(route, {
    entries,
    byokProviders,
    allowedModels: null,
    allowedProviders: null,
    // Each isolate of the Worker has its own, which no command sees.
    health: { cooldownUntilMs: () => undefined },
  });
  const rows = explained.map(({ target, entry, state, reason }) => {
    const price = entry && describePrice(entry, target.model, priceBook, new Date(now()));
    const dollars = (amount: number | null | undefined) => (amount == null ? 'unknown' : `$${amount}`);
    const { tier, weight, provider, model } = target;
    return [
      String(tier),
      String(weight),
      `${provider}/${model}`,
      state,
      dollars(price?.input),
      dollars(price?.output),
      reason ?? '',
    ];
  });
  const { name, version, retry, sticky, promptCache, cacheTtlSeconds } = route;
  const origin = version === 0 ? 'routes.json' : `version ${version}`;
  const lines = [
    `Route "${name}" (${route.tenantId ?? 'global'}, ${origin}): ${retry.attempts} attempts within ${retry.deadlineMs} ms, sticky ${sticky}, prompt cache ${promptCache}, cache ${cacheTtlSeconds} s.`,
    'The states follow the variables of this machine; prices are per million tokens, in and out.',
    formatTable(['tier', 'weight', 'target', 'state', 'in', 'out', 'reason'], rows),
  ];
  const targets = explained.map(({ target, state, reason }) => ({ ...target, state, reason }));
  return { text: lines.join('\n'), value: { ...route, targets } };
}
