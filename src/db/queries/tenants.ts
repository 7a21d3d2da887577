import { desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { AuditActor } from '../../domain/audit.ts';
import type { Limits } from '../../domain/limits.ts';
import type { Scope } from '../../domain/scope.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { tenants } from '../schema/tenants.ts';
import { type HashedKey, insertKeyEntries } from './api-keys.ts';
import { insertChangeEntries, noState, type RecordedChange } from './audit-log.ts';
import { type EndUserLimitColumns, splitLimits } from './limit-columns.ts';
import { RecordedColumns } from './recorded-columns.ts';

const recorded = new RecordedColumns(tenants, {
  id: 'none',
  name: 'setting',
  active: 'state',
  requestsPerMinute: 'limit',
  tokensPerMinute: 'limit',
  concurrency: 'limit',
  dailyBudgetNanoUsd: 'limit',
  monthlyBudgetNanoUsd: 'limit',
  endUserRequestsPerMinute: 'limit',
  endUserTokensPerMinute: 'limit',
  endUserConcurrency: 'limit',
  endUserDailyBudgetNanoUsd: 'limit',
  endUserMonthlyBudgetNanoUsd: 'limit',
  requireEndUser: 'limit',
  tagNames: 'setting',
  storeResponses: 'setting',
  webhookUrl: 'setting',
  createdAt: 'none',
});

/** A key that is inserted together with its tenant. */
export type FirstKey = HashedKey & { readonly name: string; readonly scopes: readonly Scope[] };

/** A tenant to insert. */
export type NewTenant = Limits &
  EndUserLimitColumns & {
    readonly requireEndUser?: boolean | undefined;
    readonly id: string;
    readonly name: string;
    readonly storeResponses?: boolean | undefined;
    readonly tagNames?: string[] | undefined;
    readonly webhookUrl?: string | null | undefined;
  };

/** The changes of a tenant; an undefined field stays unchanged. */
export type TenantChanges = Omit<NewTenant, 'id' | 'name'> & {
  readonly name?: string | undefined;
  readonly active?: boolean | undefined;
};

/**
 * Inserts a tenant, and its first key in the same batch, with their entries in the audit log. Returns false and inserts nothing
 * if the name is taken.
 */
export async function insertTenant(
  database: Database,
  tenant: NewTenant,
  actor: AuditActor,
  firstKey?: FirstKey,
): Promise<boolean> {
  const changed = database
    .$with('changed')
    .as(database.insert(tenants).values(tenant).onConflictDoNothing().returning());
  const entry = recordTenant(database, actor, {
    entries: [{ action: 'tenant.created' }],
    from: sql`changed`,
    before: noState,
  });
  const insert = database.with(changed, entry).select().from(changed);
  if (!firstKey) return (await insert).length > 0;
  const { id, name, keyHash, start, scopes } = firstKey;
  const insertKey = database.execute(sql`
    WITH changed AS (
      INSERT INTO ${apiKeys} (id, tenant_id, name, key_hash, start, scopes)
      SELECT ${id}, id, ${name}, ${keyHash}, ${start}, string_to_array(${scopes.join(',')}, ',') FROM ${tenants}
      WHERE id = ${tenant.id} RETURNING *
    )
    ${insertKeyEntries(actor, { entries: [{ action: 'api_key.created' }], from: sql`changed`, before: noState })}`);
  const [inserted] = await database.batch([insert, insertKey]);
  return inserted.length > 0;
}

/** Lists a page of all tenants, the newest first: at most `limit`, after the tenant with the id `after`. */
export async function listTenants(
  database: Database,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<Tenant[]> {
  const rows = await database
    .select()
    .from(tenants)
    .where(after === undefined ? undefined : lt(tenants.id, after))
    .orderBy(desc(tenants.id))
    .limit(limit);
  return rows.map(toTenant);
}

/** Counts all tenants. */
export async function countTenants(database: Database): Promise<number> {
  return await database.$count(tenants);
}

/** Finds tenants by their ids. */
export async function findTenants(database: Database, ids: readonly string[]): Promise<Tenant[]> {
  const rows = await database
    .select()
    .from(tenants)
    .where(inArray(tenants.id, [...ids]));
  return rows.map(toTenant);
}

/** Finds a tenant by its name. */
export async function findTenantByName(database: Database, name: string): Promise<Tenant | undefined> {
  const [row] = await database.select().from(tenants).where(eq(tenants.name, name));
  return row && toTenant(row);
}

/**
 * Changes a tenant, and records what has changed; returns undefined if there is none. Throws a unique violation if its new name
 * is taken.
 */
export async function updateTenant(
  database: Database,
  id: string,
  changes: TenantChanges,
  actor: AuditActor,
): Promise<Tenant | undefined> {
  if (Object.values(changes).every((value) => value === undefined)) return (await findTenants(database, [id]))[0];
  const previous = database
    .$with('previous')
    .as(database.select().from(tenants).where(eq(tenants.id, id)).for('update'));
  const previousId = database.select({ id: previous.id }).from(previous);
  const changed = database
    .$with('changed')
    .as(database.update(tenants).set(changes).where(inArray(tenants.id, previousId)).returning());
  const entries = recordTenant(database, actor, {
    entries: [
      { action: 'tenant.updated', fields: recorded.fields('setting') },
      { action: 'tenant.limits_changed', fields: recorded.fields('limit') },
      { action: changes.active ? 'tenant.resumed' : 'tenant.suspended', fields: ['active'] },
    ],
    from: sql`previous JOIN changed USING (id)`,
    before: recorded.state('previous'),
  });
  const [row] = await database.with(previous, changed, entries).select().from(changed);
  return row && toTenant(row);
}

/** The CTE that records what was done to the rows of the CTE `changed`. */
function recordTenant(
  database: Database,
  actor: AuditActor,
  change: Pick<RecordedChange, 'entries' | 'from' | 'before'>,
) {
  const tenantId = sql`changed.id`;
  const subject = { subjectType: 'tenant', subjectId: tenantId, tenantId, after: recorded.state('changed') } as const;
  return database.$with('recorded', {}).as(insertChangeEntries({ ...change, ...subject, actor }));
}

function toTenant(row: typeof tenants.$inferSelect): Tenant {
  const { columns, limits, endUserLimits } = splitLimits(row);
  const { id, name, active, storeResponses, tagNames, webhookUrl, createdAt, requireEndUser } = columns;
  const settings = { storeResponses, tagNames, webhookUrl, requireEndUser };
  return { id, name, active, ...settings, createdAt, limits, endUserLimits };
}
