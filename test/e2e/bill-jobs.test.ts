import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { isReconciled, reconcileLedger } from '../../src/billing/reconcile-ledger.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { jobs } from '../../src/db/schema/jobs.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { waitFor } from '../support/wait-for.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';

let gateway: MiniflareGateway;
let database: Database;

beforeAll(async () => {
  // The calls last until their lease is lost, not until a deadline.
  const variables = () => ({ FIRST_BYTE_TIMEOUT_MS: '60000', CHUNK_TIMEOUT_MS: '60000', TOTAL_TIMEOUT_MS: '60000' });
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), engines, variables });
  const { DATABASE_URL = '', DATABASE_HTTP_URL } = gateway.services;
  database = openDatabase({ url: DATABASE_URL, httpUrl: DATABASE_HTTP_URL, timeoutMs: 30_000 });
});
afterAll(() => gateway?.stop());

/** Lets the lease of a running job run out under its worker. */
async function loseLease(id: string): Promise<void> {
  await waitFor(
    async () => {
      const lost = await database
        .update(jobs)
        .set({ leaseExpiresAt: sql`now() - interval '1 second'` })
        .where(sql`${eq(jobs.id, id)} AND status = 'RUNNING'`)
        .returning({ id: jobs.id });
      expect(lost).toHaveLength(1);
    },
    { intervalMs: 20 },
  );
}

test.each([
  // Released once the lease is lost: the call ends before the next heartbeat.
  ['ends before the next heartbeat', 'held mark=lost-lease', 'completed'],
  ['streams at the next heartbeat, which cancels it', 'paced ms=250 chunks=18', 'client_gone'],
])('a worker that loses its lease while its call %s bills the call', async (_, scenario, status) => {
  const tenant = await gateway.createTenant({ dailyBudgetNanoUsd: 1_000_000_000n });
  const from = new Date();
  const response = await fetch(`${gateway.url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': tenant.key },
    body: JSON.stringify({ input: `[[scenario:${scenario}]] x`, provider: 'openai', maxTokens: 50 }),
  });
  const { id } = (await response.json()) as { id: string };
  await loseLease(id);
  await gateway.releaseReplies('lost-lease');

  const rows = await tenant.rows(1);
  expect(rows).toMatchObject([{ source: 'job', status, costNanoUsd: expect.any(BigInt) }]);
  expect(rows[0]?.costNanoUsd).toBeGreaterThan(0n);
  const attempts = await database.execute(sql`SELECT request_id FROM job_attempts WHERE job_id = ${id}`);
  expect(attempts.rows).toEqual([{ request_id: rows[0]?.requestId }]);
  const [job] = await database.select().from(jobs).where(eq(jobs.id, id));
  expect(job).toMatchObject({ status: 'RUNNING', result: null, costNanoUsd: null });

  const { UPSTASH_REDIS_REST_URL = '', UPSTASH_REDIS_REST_TOKEN = '' } = gateway.services;
  const redis = openRedis({ url: UPSTASH_REDIS_REST_URL, token: UPSTASH_REDIS_REST_TOKEN, timeoutMs: 10_000 });
  const holds = () => redis.hgetall(`limits:{${rows[0]?.tenantId}}:holds`);
  await waitFor(async () => expect(await holds()).toBeNull());
  const report = await reconcileLedger({ database, redis, from, to: new Date(), repair: false, unsettledAfterMs: 0 });
  expect(report).toMatchObject({ rollups: [], counters: [], unsettled: [] });
  expect(isReconciled(report)).toBe(true);
});
