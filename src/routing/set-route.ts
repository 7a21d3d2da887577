import type { Database } from '../db/client.ts';
import { countRoutes, findLatestRouteVersion, insertRouteVersion, type RouteKey } from '../db/queries/routes.ts';
import { findTenants } from '../db/queries/tenants.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { isTenantId, newId } from '../domain/ids.ts';
import type { Route, RouteDefinition, RouteEditor, RouteVersion } from '../domain/route.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import type { PriceSource } from '../usage/price-source.ts';
import { findRouteWarnings } from './find-route-warnings.ts';
import { parseRoute } from './parse-route.ts';
import type { RouteBook } from './route-book.ts';
import { isRouteName } from './route-schema.ts';

export interface SetRouteDependencies {
  readonly database: Database;
  readonly book: Pick<RouteBook, 'reload'>;
  /** The providers that can be named. */
  readonly providers: readonly RegistryEntry[];
  readonly prices: PriceSource;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A route as it is stored now. */
export interface SetRouteResult {
  readonly version: RouteVersion;
  readonly change: 'created' | 'changed' | 'unchanged';
  /** What may be a mistake, each with its field. */
  readonly warnings: readonly string[];
}

/** The maximum of a tenant's routes, and of global ones: each isolate keeps them in memory, and reads them every 15 seconds. */
export const maxRoutes = 200;
/** Another change that comes in between is rare. */
const maxTries = 5;

/**
 * Stores a route, which applies in this isolate at once and in the others within 20 seconds. A definition that is the same
 * makes no new version. With `dryRun` nothing is stored. Throws `invalid_request`, and `not_found` for an unknown tenant.
 */
export async function setRoute(
  dependencies: SetRouteDependencies,
  input: unknown,
  editor: RouteEditor,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<SetRouteResult> {
  const { database, book, providers, prices, now } = dependencies;
  const { name, tenantId = editor.defaultTenantId, ...definition } = parseRoute(input, providers);
  await checkTenant(database, tenantId);
  const warnings = findRouteWarnings({ name, ...definition }, { providers, prices, at: new Date(now()) });
  const { version, previous } = await addVersion(database, { tenantId, name }, definition, editor, dryRun);
  if (version === previous) return { version, change: 'unchanged', warnings };
  if (!dryRun) await book.reload();
  return { version, change: previous?.definition ? 'changed' : 'created', warnings };
}

/** Deletes a route. Its history stays. Throws `not_found`. */
export async function deleteRoute(
  { database, book }: Pick<SetRouteDependencies, 'database' | 'book'>,
  input: { readonly name: string; readonly tenantId?: string | null | undefined },
  editor: RouteEditor,
): Promise<RouteVersion> {
  const { name, tenantId = editor.defaultTenantId } = input;
  if (!isRouteName(name) || (tenantId !== null && !isTenantId(tenantId))) throw routeNotFoundError(name);
  const { version } = await addVersion(database, { tenantId, name }, null, editor, false);
  await book.reload();
  return version;
}

/** Creates the error for a route that is not there. It names the nearest of `others`. */
export function routeNotFoundError(name: string, others: readonly Pick<Route, 'name'>[] = []): GatewayError {
  const hint = didYouMean(
    name,
    others.map((other) => other.name),
  );
  return new GatewayError('not_found', `There is no route "${name.slice(0, 64)}"${hint || '.'}`);
}

/** Adds a version where the definition differs from that of the latest one; else the version is `previous`. */
async function addVersion(
  database: Database,
  key: RouteKey,
  definition: RouteDefinition | null,
  { actor }: RouteEditor,
  dryRun: boolean,
): Promise<{ readonly version: RouteVersion; readonly previous: RouteVersion | undefined }> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const previous = await findLatestRouteVersion(database, key);
    if (definition === null && !previous?.definition) throw routeNotFoundError(key.name);
    if (previous && JSON.stringify(previous.definition) === JSON.stringify(definition)) {
      return { version: previous, previous };
    }
    if (!previous?.definition) await checkRoom(database, key.tenantId);
    const change = { id: newId('rte'), ...key, definition, changedBy: actor.type === 'key' ? actor.id : 'cli' };
    const version = dryRun
      ? { ...change, version: (previous?.version ?? 0) + 1, createdAt: new Date() }
      : await insertRouteVersion(database, change, previous, actor);
    if (version) return { version, previous };
  }
  throw new GatewayError('conflict', `The route "${key.name}" is being changed by others: try again.`);
}

async function checkRoom(database: Database, tenantId: string | null): Promise<void> {
  if ((await countRoutes(database, tenantId)) < maxRoutes) return;
  const owner = tenantId === null ? 'global routes' : 'routes of this tenant';
  throw invalidFieldError(['name'], `there are ${maxRoutes} ${owner} already: delete one first`);
}

async function checkTenant(database: Database, tenantId: string | null): Promise<void> {
  if (tenantId === null) return;
  const [tenant] = isTenantId(tenantId) ? await findTenants(database, [tenantId]) : [];
  if (!tenant) throw new GatewayError('not_found', `There is no tenant ${tenantId.slice(0, 64)}.`);
}
