import { and, desc, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { AuditActor, AuditValues } from '../../domain/audit.ts';
import { type Route, type RouteVersion, toRoute } from '../../domain/route.ts';
import type { Database } from '../client.ts';
import { routes } from '../schema/routes.ts';
import { insertChangeEntries, jsonbParameter, noState } from './audit-log.ts';

/** A name and its tenant; null: global. */
export type RouteKey = Pick<Route, 'tenantId' | 'name'>;

const { id, tenantId, name, version, definition, isLatest, changedBy, createdAt } = routes;
const columns = { id, tenantId, name, version, definition, changedBy, createdAt };
const tenantText = sql`coalesce(${tenantId}, '')`;

/** Finds all routes that are stored and not deleted. */
export async function findRoutes(database: Database): Promise<Route[]> {
  const rows = await database
    .select({ tenantId, name, version, definition })
    .from(routes)
    .where(and(eq(isLatest, true), isNotNull(definition)));
  return rows.flatMap((row) => (row.definition ? [toRoute(row, row.definition)] : []));
}

/** Finds the latest version of a route, which may be its deletion. */
export async function findLatestRouteVersion(database: Database, key: RouteKey): Promise<RouteVersion | undefined> {
  const [row] = await database
    .select(columns)
    .from(routes)
    .where(and(sql`${tenantText} = ${key.tenantId ?? ''}`, eq(name, key.name), eq(isLatest, true)));
  return row;
}

/** Counts the routes of a tenant, or the global ones, that are stored and not deleted. */
export async function countRoutes(database: Database, owner: string | null): Promise<number> {
  return await database.$count(
    routes,
    and(sql`${tenantText} = ${owner ?? ''}`, eq(isLatest, true), isNotNull(definition)),
  );
}

/**
 * Adds a version after `previous`, or the first one, with an entry in the audit log. Returns undefined and adds nothing where
 * another change has come in between.
 */
export async function insertRouteVersion(
  database: Database,
  change: RouteKey & Pick<RouteVersion, 'id' | 'definition' | 'changedBy'>,
  previous: RouteVersion | undefined,
  actor: AuditActor,
): Promise<RouteVersion | undefined> {
  const nextVersion = (previous?.version ?? 0) + 1;
  const definitionText = change.definition && JSON.stringify(change.definition);
  const values = sql`${change.id}, ${change.tenantId}, ${change.name}, ${nextVersion}::int, ${definitionText}::json, ${change.changedBy}`;
  const entry = insertChangeEntries({
    actor,
    entries: [{ action: change.definition === null ? 'route.deleted' : 'route.set', always: true }],
    subjectType: 'route',
    subjectId: sql`changed.name`,
    tenantId: sql`changed.tenant_id`,
    before: toState(previous),
    after: toState({ ...change, version: nextVersion }),
    from: sql`changed`,
  });
  const { rows } = await database.execute<{ createdAtMs: number }>(sql`
    WITH superseded AS (
      UPDATE ${routes} SET is_latest = false WHERE id = ${previous?.id ?? ''} AND is_latest RETURNING id
    ), changed AS (
      INSERT INTO ${routes} (id, tenant_id, name, version, definition, changed_by)
      SELECT ${values} WHERE ${previous === undefined} OR EXISTS (SELECT FROM superseded)
      ON CONFLICT DO NOTHING
      RETURNING *
    ), recorded AS (${entry})
    SELECT (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs" FROM changed`);
  const [row] = rows;
  return row && { ...change, version: nextVersion, createdAt: new Date(row.createdAtMs) };
}

function toState(version: Pick<RouteVersion, 'definition' | 'version'> | undefined): SQL {
  if (!version?.definition) return noState;
  return jsonbParameter({ version: version.version, ...version.definition } satisfies AuditValues);
}

/** Lists the versions of several routes, the newest first: at most `limit` of each. */
export async function findRouteVersions(
  database: Database,
  keys: readonly RouteKey[],
  limit: number,
): Promise<RouteVersion[]> {
  const places = sql.join(
    keys.map((key) => sql`(${key.tenantId ?? ''}, ${key.name})`),
    sql`, `,
  );
  const position = sql<number>`row_number() OVER (PARTITION BY ${tenantId}, ${name} ORDER BY ${version} DESC)`;
  const numbered = database
    .select({ ...columns, position: position.as('position') })
    .from(routes)
    .where(sql`(${tenantText}, ${name}) IN (${places})`)
    .as('numbered');
  return await database
    .select({
      id: numbered.id,
      tenantId: numbered.tenantId,
      name: numbered.name,
      version: numbered.version,
      definition: numbered.definition,
      changedBy: numbered.changedBy,
      createdAt: numbered.createdAt,
    })
    .from(numbered)
    .where(sql`${numbered.position} <= ${limit}`)
    .orderBy(desc(numbered.version));
}
