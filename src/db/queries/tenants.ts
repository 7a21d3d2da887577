import { desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { Limits } from '../../domain/limits.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { tenants } from '../schema/tenants.ts';

/** A key that comes with its tenant. */
export interface FirstKey {
  readonly id: string;
  readonly name: string;
  readonly keyHash: string;
  readonly start: string;
  readonly scopes: readonly string[];
}

/** What has to be known to make a tenant. */
export type NewTenant = Limits & {
  readonly id: string;
  readonly name: string;
  readonly webhookUrl?: string | null | undefined;
};

/** What is to change of a tenant; what is undefined stays. */
export type TenantChanges = Omit<NewTenant, 'id' | 'name'> & {
  readonly name?: string | undefined;
  readonly active?: boolean | undefined;
};

/** Makes a tenant, and its first key in the same batch. False where its name is taken: then nothing is made. */
export async function insertTenant(database: Database, tenant: NewTenant, firstKey?: FirstKey): Promise<boolean> {
  const insert = database.insert(tenants).values(tenant).onConflictDoNothing().returning({ id: tenants.id });
  if (!firstKey) return (await insert).length > 0;
  const { id, name, keyHash, start, scopes } = firstKey;
  const insertKey = database.execute(sql`
    INSERT INTO ${apiKeys} (id, tenant_id, name, key_hash, start, scopes)
    SELECT ${id}, id, ${name}, ${keyHash}, ${start}, string_to_array(${scopes.join(',')}, ',') FROM ${tenants}
    WHERE id = ${tenant.id}`);
  const [made] = await database.batch([insert, insertKey]);
  return made.length > 0;
}

/** A page of all tenants, the newest first: at most `limit`, from the one after the tenant with the id `after` on. */
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

/** How many tenants there are. */
export async function countTenants(database: Database): Promise<number> {
  return await database.$count(tenants);
}

/** The tenants with these ids. */
export async function findTenants(database: Database, ids: readonly string[]): Promise<Tenant[]> {
  const rows = await database
    .select()
    .from(tenants)
    .where(inArray(tenants.id, [...ids]));
  return rows.map(toTenant);
}

/** The tenant with this name. */
export async function findTenantByName(database: Database, name: string): Promise<Tenant | undefined> {
  const [row] = await database.select().from(tenants).where(eq(tenants.name, name));
  return row && toTenant(row);
}

/** Changes a tenant; undefined where there is none. Throws a unique violation where its new name is taken. */
export async function updateTenant(
  database: Database,
  id: string,
  changes: TenantChanges,
): Promise<Tenant | undefined> {
  if (Object.values(changes).every((value) => value === undefined)) return (await findTenants(database, [id]))[0];
  const [row] = await database.update(tenants).set(changes).where(eq(tenants.id, id)).returning();
  return row && toTenant(row);
}

function toTenant(row: typeof tenants.$inferSelect): Tenant {
  const { id, name, active, webhookUrl, createdAt, ...limits } = row;
  return { id, name, active, webhookUrl, createdAt, limits };
}
