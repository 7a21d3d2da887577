import { eq } from 'drizzle-orm';
import type { Caller } from '../../core/caller.ts';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { tenants } from '../schema/tenants.ts';

/** Finds whom a key stands for by the SHA-256 of the key; undefined where no such key exists. */
export async function findCallerByKeyHash(database: Database, keyHash: string): Promise<Caller | undefined> {
  const [caller] = await database
    .select({ tenantId: tenants.id, tenantName: tenants.name, tenantActive: tenants.active, keyId: apiKeys.id })
    .from(apiKeys)
    .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
    .where(eq(apiKeys.keyHash, keyHash));
  return caller;
}
