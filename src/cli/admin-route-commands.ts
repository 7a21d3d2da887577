import { findRoutes } from '../db/queries/routes.ts';
import { StartError } from '../dev/start-error.ts';
import { type RouteEditor, toRouteDefinition } from '../domain/route.ts';
import { createLogger } from '../lib/logger.ts';
import { parseRoute, parseRouteFile } from '../routing/parse-route.ts';
import { RouteBook } from '../routing/route-book.ts';
import { deleteRoute, routeNotFoundError, type SetRouteResult, setRoute } from '../routing/set-route.ts';
import { prices } from '../usage/prices.ts';
import type { AdminCommands, AdminDependencies } from './admin-command.ts';
import type { AdminOptions } from './admin-options.ts';
import { findTenant } from './find-tenant.ts';
import { compareRoutes, formatExplanation, formatRoutes } from './format-routes.ts';

const appliesMessage = 'It applies everywhere within 20 seconds.';

/** The commands for routes. Without a tenant they are about global routes. */
export const routeCommands: AdminCommands = {
  'set-route': {
    arguments: ['FILE'],
    options: ['tenant'],
    summary: 'creates or replaces the route of a JSON file; - reads the standard input',
    run: async (dependencies, { arguments: [path = ''], values }) => {
      const { entries } = dependencies.registry;
      const { tenantId: fileTenantId, ...route } = parseRoute(readJson(dependencies, path), entries);
      const tenantId = (await findTenantId(dependencies, values)) ?? fileTenantId ?? null;
      if (fileTenantId != null && fileTenantId !== tenantId) {
        throw new StartError(
          `tenantId: the file says ${fileTenantId}, and --tenant another one. Leave one of them out.`,
        );
      }
      const result = await setRoute(toSetDependencies(dependencies), { ...route, tenantId }, toEditor(dependencies));
      return {
        text: [`${describeResult(result)} ${appliesMessage}`, ...formatWarnings(result)].join('\n'),
        value: result,
      };
    },
  },
  routes: {
    arguments: [],
    options: ['tenant'],
    summary: 'lists the routes that are stored and those of routes.json; or those that a tenant can use',
    run: async (dependencies, { values }) => {
      const tenantId = await findTenantId(dependencies, values);
      const file = dependencies.readFileRoutes();
      const all = [...file, ...(await findRoutes(dependencies.database))];
      const routes = tenantId === undefined ? all : (await openBook(dependencies)).list(tenantId);
      return { text: await formatRoutes(dependencies, routes), value: routes.toSorted(compareRoutes) };
    },
  },
  'explain-route': {
    arguments: ['NAME'],
    options: ['tenant'],
    summary: 'lists the targets of a route in their order, and why one is skipped',
    run: async (dependencies, { arguments: [name = ''], values }) => {
      const tenantId = (await findTenantId(dependencies, values)) ?? '';
      const book = await openBook(dependencies);
      const route = book.find(tenantId, name);
      if (!route) throw routeNotFoundError(name, book.list(tenantId));
      return await formatExplanation(dependencies, route, tenantId);
    },
  },
  'export-routes': {
    arguments: [],
    options: [],
    summary: 'prints the routes that are stored, as JSON for import-routes and routes.json',
    run: async ({ database }) => {
      const routes = (await findRoutes(database)).toSorted(compareRoutes).map((route) => ({
        name: route.name,
        ...(route.tenantId === null ? {} : { tenantId: route.tenantId }),
        ...toRouteDefinition(route),
      }));
      return { text: JSON.stringify(routes, null, 2), value: routes };
    },
  },
  'import-routes': {
    arguments: ['FILE'],
    options: ['dry-run'],
    summary: 'creates and replaces the routes of a JSON file, and deletes none',
    run: async (dependencies, { arguments: [path = ''], values }) => {
      const dryRun = values['dry-run'] ?? false;
      const editor = toEditor(dependencies);
      const setDependencies = toSetDependencies(dependencies);
      const routes = parseRouteFile(readJson(dependencies, path), dependencies.registry.entries);
      // All are checked before the first is stored.
      const planned = [];
      for (const route of routes) planned.push(await setRoute(setDependencies, route, editor, { dryRun: true }));
      const results: SetRouteResult[] = [];
      for (const route of dryRun ? [] : routes) results.push(await setRoute(setDependencies, route, editor));
      const shown = dryRun ? planned : results;
      const lines = shown.flatMap((result) => [describeResult(result), ...formatWarnings(result)]);
      const end = dryRun ? 'Nothing was stored.' : `${routes.length} routes. ${appliesMessage}`;
      return { text: [...lines, end].join('\n'), value: shown };
    },
  },
  'delete-route': {
    arguments: ['NAME'],
    options: ['tenant'],
    summary: 'deletes a route; its history stays',
    run: async (dependencies, { arguments: [name = ''], values }) => {
      const tenantId = (await findTenantId(dependencies, values)) ?? null;
      const { database, book } = toSetDependencies(dependencies);
      const version = await deleteRoute({ database, book }, { name, tenantId }, toEditor(dependencies));
      const text = `Route "${name}" (${version.tenantId ?? 'global'}) is deleted. ${appliesMessage}`;
      return { text, value: version };
    },
  },
};

/** The isolates reload by themselves. */
const book = { reload: async () => undefined };

function toEditor({ actor }: AdminDependencies): RouteEditor {
  return { actor, defaultTenantId: null };
}

function toSetDependencies({ database, registry, now }: AdminDependencies) {
  return { database, book, providers: registry.entries, prices, now };
}

async function findTenantId(dependencies: AdminDependencies, { tenant }: AdminOptions): Promise<string | undefined> {
  return tenant === undefined ? undefined : (await findTenant(dependencies, tenant)).id;
}

async function openBook({ database, readFileRoutes, now }: AdminDependencies): Promise<RouteBook> {
  const rows = await findRoutes(database);
  const logger = createLogger('error');
  const opened = new RouteBook({ load: async () => rows, file: readFileRoutes(), logger, now });
  await opened.reload();
  return opened;
}

/** Reads a JSON file, or the standard input for `-`. */
function readJson({ readText }: AdminDependencies, path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw new StartError(`${path} is not JSON: ${error.message}.`);
    throw error;
  }
}

function describeResult({ version: { name, tenantId, version }, change }: SetRouteResult): string {
  return `Route "${name}" (${tenantId ?? 'global'}): ${change}, version ${version}.`;
}

function formatWarnings({ warnings }: SetRouteResult): string[] {
  return warnings.map((warning) => `  Warning: ${warning}`);
}
