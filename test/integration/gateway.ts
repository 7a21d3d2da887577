import { env, exports } from 'cloudflare:workers';
// The Worker loads these with the first call that needs them; under test that takes longer than its time-outs.
import '@anthropic-ai/sdk';
import 'openai';
import { inArray } from 'drizzle-orm';
import { expect } from 'vitest';
import { hashKey } from '../../src/auth/hash-key.ts';
import { openDatabase } from '../../src/db/client.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { usageLedger } from '../../src/db/schema/usage-ledger.ts';
import { newId } from '../../src/domain/ids.ts';
import { waitFor } from '../support/wait-for.ts';

export const variables = env as unknown as Readonly<Record<string, string>>;

export const database = openDatabase({
  url: variables.DATABASE_URL ?? '',
  httpUrl: variables.DATABASE_HTTP_URL,
  timeoutMs: 10_000,
});

type KeyColumns = Partial<typeof apiKeys.$inferInsert>;

type TenantColumns = Pick<typeof tenants.$inferInsert, 'active' | 'storeResponses'>;

/** A new tenant with one key, which has what is said of it. */
export async function createTenant({ active, storeResponses, ...columns }: KeyColumns & TenantColumns = {}) {
  const tenantId = newId('ten');
  await database.insert(tenants).values({ id: tenantId, name: tenantId, active, storeResponses });
  return { tenantId, ...(await createKey(tenantId, columns)) };
}

/** A new key of a tenant, which has what is said of it. */
export async function createKey(tenantId: string, columns: KeyColumns = {}) {
  const keyId = newId('key');
  const key = `test-${keyId}`;
  const row = { id: keyId, tenantId, name: 'test', keyHash: await hashKey(key) };
  await database.insert(apiKeys).values({ ...row, ...columns });
  return { keyId, key };
}

export function send(path: string, init: RequestInit = {}): Promise<Response> {
  return (exports as { default: Fetcher }).default.fetch(`http://gateway.test${path}`, init);
}

export function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export type NativeEvent = { type: string } & Record<string, unknown>;

/** Reads a native stream to its end and returns its events. */
export async function readEvents(response: Response): Promise<NativeEvent[]> {
  const text = await response.text();
  const lines = text.split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => JSON.parse(line.slice(6)));
}

/** The text of a stream's chunks. */
export function joinChunks(events: readonly NativeEvent[]): string {
  return events.map((event) => (event.type === 'chunk' ? event.content : '')).join('');
}

/** The rows of a tenant's calls, once as many have arrived as are expected. */
export async function ledgerRows(tenantId: string, expected: number) {
  return await waitFor(async () => {
    const rows = await database
      .select()
      .from(usageLedger)
      .where(inArray(usageLedger.tenantId, [tenantId]))
      .orderBy(usageLedger.requestId);
    expect(rows.length).toBeGreaterThanOrEqual(expected);
    expect(rows).toHaveLength(expected);
    return rows;
  });
}
