import { and, asc, eq, sql } from 'drizzle-orm';
import type { ProviderKey } from '../../domain/tenant.ts';
import type { Database } from '../client.ts';
import { providerKeys } from '../schema/provider-keys.ts';

const { tenantId, provider, ending, createdAt } = providerKeys;
/** All but what is sealed. */
const visible = { tenantId, provider, ending, createdAt };

/** Keeps the key that a tenant has brought for a provider, in the place of an earlier one. */
export async function upsertProviderKey(
  database: Database,
  key: Omit<ProviderKey, 'createdAt'> & { readonly sealed: string },
): Promise<ProviderKey | undefined> {
  const { sealed, ending } = key;
  const [row] = await database
    .insert(providerKeys)
    .values(key)
    .onConflictDoUpdate({
      target: [providerKeys.tenantId, providerKeys.provider],
      set: { sealed, ending, createdAt: sql`now()` },
    })
    .returning(visible);
  return row;
}

/** Deletes the key that a tenant has brought for a provider; undefined where there is none. */
export async function deleteProviderKey(
  database: Database,
  key: Pick<ProviderKey, 'tenantId' | 'provider'>,
): Promise<ProviderKey | undefined> {
  const [row] = await database
    .delete(providerKeys)
    .where(and(eq(providerKeys.tenantId, key.tenantId), eq(providerKeys.provider, key.provider)))
    .returning(visible);
  return row;
}

/** The keys that a tenant has brought, by their providers. */
export async function listProviderKeys(database: Database, tenant: string): Promise<ProviderKey[]> {
  return await database
    .select(visible)
    .from(providerKeys)
    .where(eq(providerKeys.tenantId, tenant))
    .orderBy(asc(providerKeys.provider));
}
