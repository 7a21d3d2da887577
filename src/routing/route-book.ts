import type { Route } from '../domain/route.ts';
import type { Logger } from '../lib/logger.ts';
import { RefreshingCache, type WaitUntil } from '../lib/refreshing-cache.ts';

interface RouteBookOptions {
  /** Reads the routes that are stored. */
  readonly load: () => Promise<readonly Route[]>;
  /** The routes of routes.json. */
  readonly file: readonly Route[];
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Routes by name, by the id of their tenant; null: global. */
type RoutesByTenant = ReadonlyMap<string | null, ReadonlyMap<string, Route>>;

/**
 * The routes that apply: the stored ones, and behind them those of routes.json. Each isolate caches them and reloads them as
 * `RefreshingCache` says: a change applies in the isolate that made it at once, and in the others within 20 seconds.
 */
export class RouteBook {
  readonly #cache: RefreshingCache<RoutesByTenant>;

  constructor({ load, file, logger, now }: RouteBookOptions) {
    this.#cache = new RefreshingCache({
      initial: groupByTenant(file),
      // The later one of two routes with one name remains.
      load: async () => groupByTenant([...file, ...(await load())]),
      failureMessage: 'the routes could not be read',
      logger,
      now,
    });
  }

  /** To be called before routes are looked up: see `RefreshingCache.ready`. */
  ready(waitUntil: WaitUntil): Promise<void> | undefined {
    return this.#cache.ready(waitUntil);
  }

  /** Reloads the stored routes. Never rejects. */
  async reload(): Promise<void> {
    await this.#cache.reload();
  }

  /** Finds a route by its name: the tenant's, else the global one. */
  find(tenantId: string, name: string): Route | undefined {
    const routes = this.#cache.value;
    return routes.get(tenantId)?.get(name) ?? routes.get(null)?.get(name);
  }

  /** Lists the routes that a tenant can use, by name. */
  list(tenantId: string): readonly Route[] {
    const routes = this.#cache.value;
    const names = new Map([...(routes.get(null) ?? []), ...(routes.get(tenantId) ?? [])]);
    return [...names.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }
}

function groupByTenant(routes: readonly Route[]): RoutesByTenant {
  const byTenant = new Map<string | null, Map<string, Route>>();
  for (const route of routes) {
    const byName = byTenant.get(route.tenantId) ?? new Map<string, Route>();
    byTenant.set(route.tenantId, byName.set(route.name, route));
  }
  return byTenant;
}
