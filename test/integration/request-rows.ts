import { insertUsage } from '../../src/db/queries/usage-ledger.ts';
import { requests } from '../../src/db/schema/requests.ts';
import { newId } from '../../src/domain/ids.ts';
import { database } from './gateway.ts';

type RequestColumns = Partial<typeof requests.$inferInsert> & { readonly tenantId: string };

/** Writes a row of the request log. `age`: how many milliseconds ago the request started. */
export async function insertRequest({ age = 0, ...columns }: RequestColumns & { readonly age?: number }) {
  const [row] = await database
    .insert(requests)
    .values(toRow({ age, ...columns }))
    .returning();
  if (!row) throw new Error('no row');
  return row;
}

/** Writes many rows, each a second older than the one before. Returns their ids, the newest first. */
export async function insertRequests(count: number, columns: RequestColumns): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, index) => toRow({ age: 1000 * index, ...columns }));
  await insertUsage(database, { attempts: [], requests: rows });
  return rows.map(({ id }) => id);
}

function toRow({ age, ...columns }: RequestColumns & { readonly age: number }) {
  return {
    id: newId('req'),
    createdAt: new Date(Date.now() - age),
    keyId: 'key_x',
    source: 'sync' as const,
    path: '/v1/chat/completions',
    status: 'completed' as const,
    totalMs: 10,
    attempts: 1,
    ...columns,
  };
}
