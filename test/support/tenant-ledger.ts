import { eq } from 'drizzle-orm';
import { hashKey } from '../../src/auth/hash-key.ts';
import type { Database } from '../../src/db/client.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { usageLedger } from '../../src/db/schema/usage-ledger.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Limits } from '../../src/domain/limits.ts';
import { waitFor } from './wait-for.ts';

type LedgerRow = typeof usageLedger.$inferSelect;

/** A tenant of one test, with its ledger rows. */
export interface TestTenant {
  readonly id: string;
  readonly keyId: string;
  readonly key: string;
  /** Waits for the expected number of rows and returns them in the order of their calls. Throws after 20 s. */
  rows(expected: number): Promise<LedgerRow[]>;
}

/** Creates a tenant with one key that has these limits. */
export async function createTestTenant(
  database: Database,
  limits: Limits = {},
  { storeResponses = false } = {},
): Promise<TestTenant> {
  const id = newId('ten');
  const keyId = newId('key');
  const key = `test-${keyId}`;
  await database.insert(tenants).values({ id, name: id, storeResponses });
  await database
    .insert(apiKeys)
    .values({ id: keyId, tenantId: id, name: 'test', keyHash: await hashKey(key), ...limits });
  const select = () =>
    database.select().from(usageLedger).where(eq(usageLedger.tenantId, id)).orderBy(usageLedger.requestId);
  return {
    id,
    keyId,
    key,
    async rows(expected) {
      return await waitFor(async () => {
        const rows = await select();
        if (rows.length < expected) throw new Error(`${rows.length} of ${expected} rows have come`);
        return rows;
      });
    },
  };
}
