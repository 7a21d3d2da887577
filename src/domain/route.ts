import type { AuditActor } from './audit.ts';

/** A provider's model that a route leads to. */
export interface RouteTarget {
  /** The provider's id. */
  readonly provider: string;
  readonly model: string;
  /** 1 is tried first. */
  readonly tier: number;
  /** The share among the targets of its tier, 1–1000. */
  readonly weight: number;
  /** Fields of the request that this target gets, by their names in `ChatRequest`. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** Absent: FIRST_BYTE_TIMEOUT_MS. */
  readonly firstByteTimeoutMs?: number | undefined;
}

export interface RouteRetry {
  /** The maximum of attempts over all targets. */
  readonly attempts: number;
  /** The time from the start of the request to the first content of a reply. */
  readonly deadlineMs: number;
}

export const stickyModes = ['none', 'session', 'endUser'] as const;
export const promptCacheModes = ['off', 'auto'] as const;

/** A virtual model: a name that leads to targets. */
export interface Route {
  readonly name: string;
  /** Null: global. */
  readonly tenantId: string | null;
  /** 1 for the first definition, one more with each change. 0: the route is one of routes.json. */
  readonly version: number;
  readonly targets: readonly RouteTarget[];
  readonly retry: RouteRetry;
  /** Keeps the requests of a session or an end user on one target. */
  readonly sticky: (typeof stickyModes)[number];
  readonly promptCache: (typeof promptCacheModes)[number];
  /** 0: replies are not cached. */
  readonly cacheTtlSeconds: number;
}

/** How operators write a route: in GraphQL, for the command line and in routes.json. */
export interface RouteDefinition extends Omit<Route, 'name' | 'tenantId' | 'version' | 'cacheTtlSeconds'> {
  readonly cache: { readonly ttlSeconds: number };
}

/** A state of a route in its history. */
export interface RouteVersion {
  /** `rte_…` */
  readonly id: string;
  readonly name: string;
  /** Null: global. */
  readonly tenantId: string | null;
  readonly version: number;
  /** Null: the route was deleted. */
  readonly definition: RouteDefinition | null;
  /** The id of the API key that made the change, or `cli`. */
  readonly changedBy: string;
  readonly createdAt: Date;
}

/** Who makes a change of a route, and what it means that the change names no tenant. */
export interface RouteEditor {
  readonly actor: AuditActor;
  /** The owner of a route whose `tenantId` is left out; null: global. */
  readonly defaultTenantId: string | null;
}

/** Creates a route from its definition. */
export function toRoute(
  { name, tenantId, version }: Pick<Route, 'name' | 'tenantId' | 'version'>,
  { cache, ...definition }: RouteDefinition,
): Route {
  return { name, tenantId, version, ...definition, cacheTtlSeconds: cache.ttlSeconds };
}

/** Returns the definition of a route. */
export function toRouteDefinition({ targets, retry, sticky, promptCache, cacheTtlSeconds }: Route): RouteDefinition {
  return { targets, retry, sticky, promptCache, cache: { ttlSeconds: cacheTtlSeconds } };
}
