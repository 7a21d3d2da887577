import { and, asc, eq, sql } from 'drizzle-orm';
import type { EncryptedProviderKey } from '../../domain/principal.ts';
import type { ProviderKey } from '../../domain/tenant.ts';
import type { Database } from '../client.ts';
import { providerKeys } from '../schema/provider-keys.ts';

const { tenantId, provider, encryptedKey, ending, createdAt } = providerKeys;
/** Without the encrypted key. */
const publicColumns = { tenantId, provider, ending, createdAt };

/** Stores a tenant's own key for a provider, in place of an earlier one. */
export async function upsertProviderKey(
  database: Database,
  key: Omit<ProviderKey, 'createdAt'> & { readonly encryptedKey: string },
): Promise<ProviderKey | undefined> {
  const { encryptedKey, ending } = key;
  const [row] = await database
    .insert(providerKeys)
    .values(key)
    .onConflictDoUpdate({
      target: [providerKeys.tenantId, providerKeys.provider],
      set: { encryptedKey, ending, createdAt: sql`now()` },
    })
    .returning(publicColumns);
  return row;
}

/** Deletes a tenant's own key for a provider; returns undefined if there is none. */
export async function deleteProviderKey(
  database: Database,
  key: Pick<ProviderKey, 'tenantId' | 'provider'>,
): Promise<ProviderKey | undefined> {
  const [row] = await database
    .delete(providerKeys)
    .where(and(eq(providerKeys.tenantId, key.tenantId), eq(providerKeys.provider, key.provider)))
    .returning(publicColumns);
  return row;
}

/** Lists a tenant's own provider keys, ordered by provider. */
export async function listProviderKeys(database: Database, ownerId: string): Promise<ProviderKey[]> {
  return await database
    .select(publicColumns)
    .from(providerKeys)
    .where(eq(providerKeys.tenantId, ownerId))
    .orderBy(asc(providerKeys.provider));
}

/** Finds the encrypted keys of a tenant for providers. */
export async function findEncryptedProviderKeys(database: Database, ownerId: string): Promise<EncryptedProviderKey[]> {
  return await database.select({ provider, encryptedKey }).from(providerKeys).where(eq(providerKeys.tenantId, ownerId));
}
