import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isReconciled, type ReconciliationReport, reconcileLedger } from '../../src/billing/reconcile-ledger.ts';
import { ReconciliationMonitor } from '../../src/billing/reconciliation-monitor.ts';
import { settleHold } from '../../src/billing/settle-hold.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { auditLog } from '../../src/db/schema/audit-log.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { usageLedger } from '../../src/db/schema/usage-ledger.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Limits } from '../../src/domain/limits.ts';
import { nanoUsdToText } from '../../src/domain/money.ts';
import worker from '../../src/index.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { auditActor } from '../support/audit-actor.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, ledgerRows, post, send, variables } from './gateway.ts';

const redis = openRedis({
  url: variables.UPSTASH_REDIS_REST_URL ?? '',
  token: variables.UPSTASH_REDIS_REST_TOKEN ?? '',
  timeoutMs: 10_000,
});

const day = () => new Date().toISOString().slice(0, 10);
const budgets: Limits = { dailyBudgetNanoUsd: 1_000_000_000n, monthlyBudgetNanoUsd: 9_000_000_000n };
const noWait = async () => undefined;

/** A tenant with budgets on itself and on its key. */
async function createBudgeted() {
  const tenant = await createTenant();
  await database.update(apiKeys).set(budgets).where(eq(apiKeys.id, tenant.keyId));
  await database.update(tenants).set(budgets).where(eq(tenants.id, tenant.tenantId));
  return { ...tenant, headers: { 'x-api-key': tenant.key } };
}

type Tenant = Awaited<ReturnType<typeof createBudgeted>>;

async function bill(options: Partial<Parameters<typeof reconcileLedger>[0]> = {}): Promise<ReconciliationReport> {
  const now = Date.now();
  const period = { from: new Date(now - 3_600_000), to: new Date(now) };
  return await reconcileLedger({ database, redis, ...period, repair: false, wait: noWait, ...options });
}

/** What the audit log says of one subject. */
async function audited(subjectId: string) {
  const rows = await database.select().from(auditLog).where(eq(auditLog.subjectId, subjectId));
  return rows.map(({ action, actorId, tenantId, before, after }) => ({ action, actorId, tenantId, before, after }));
}

/** What the report says of one tenant: others may be in the middle of something. */
function of({ tenantId }: Tenant, { rollups, counters, unsettled }: ReconciliationReport) {
  const own = <One extends { readonly tenantId: string }>(all: readonly One[]) =>
    all.filter((one) => one.tenantId === tenantId);
  return { rollups: own(rollups), counters: own(counters), unsettled: own(unsettled) };
}

const nothing = { rollups: [], counters: [], unsettled: [] };
const holdsKeyOf = ({ tenantId }: Tenant) => `limits:{${tenantId}}:holds`;
const counterKeysOf = ({ tenantId, keyId }: Tenant) =>
  [keyId, tenantId].flatMap((id) =>
    [day(), day().slice(0, 7)].map((part) => `limits:{${tenantId}}:${id}:budget:${part}`),
  );
const countersOf = async (tenant: Tenant) =>
  (await redis.mget<unknown[]>(...counterKeysOf(tenant))).map((value) => Number(value));

const openAi = (scenario: string) => ({ prompt: `[[scenario:${scenario}]] Hi`, provider: 'openai', maxTokens: 50 });

/** Waits until the isolate has told Redis of all that has ended. */
async function settled(tenant: Tenant): Promise<void> {
  await waitFor(async () => expect(await redis.hlen(holdsKeyOf(tenant))).toBe(0));
}

/** One call that has cost 7,050 nano-dollars, settled everywhere. */
async function spend(tenant: Tenant): Promise<void> {
  const body = { prompt: 'Hi', provider: 'openai', maxTokens: 50 };
  await waitFor(async () => {
    const response = await post('/api/chat/completions', body, tenant.headers);
    expect(await response.json()).toMatchObject({ cost: 0.00000705 });
  });
  await ledgerRows(tenant.tenantId, 1);
  await settled(tenant);
}

/** Leaves a hold behind, as an isolate does that dies while a call is under way. */
async function leaveHold(tenant: Tenant, { amount = 50_000, ageMs = 16 * 60_000 } = {}): Promise<string> {
  const id = newId('lease');
  const record = `${amount}|0|${Date.now() - ageMs}|${tenant.keyId}|${day()}`;
  await redis.hset(holdsKeyOf(tenant), { [id]: record });
  for (const key of counterKeysOf(tenant)) await redis.incrby(key, amount);
  return id;
}

let tenant: Tenant;

describe('after calls of every outcome', () => {
  let calls: Tenant;
  let called = 0;

  beforeAll(async () => {
    calls = await createBudgeted();
    await spend(calls);
    const { headers } = calls;
    const chat = (scenario: string) => post('/api/chat/completions', openAi(scenario), headers);
    const stream = (scenario: string) => post('/stream', openAi(scenario), headers);
    const replies = await Promise.all([
      ...['cached', 'length', 'status code=429', 'status code=500', 'broken-json', 'silence'].map(chat),
      ...['paced ms=5 chunks=5', 'cut after=2', 'clean-cut after=2', 'status code=400'].map(stream),
      post('/api/chat/completions', { prompt: 'Hi', provider: 'claude', maxTokens: 50 }, headers),
      post('/api/chat/completions', { prompt: 'Hi', provider: 'stub' }, headers),
    ]);
    // Where the machine is too slow for Redis to be heard in time, no provider is called.
    const refused = replies.filter(({ status }) => status === 503).length;
    await Promise.all(replies.map((reply) => reply.text()));
    const leaving = await stream('paced ms=100 chunks=50');
    await leaving.body?.cancel();
    for (const input of ['job one', 'job two']) {
      const response = await post('/api/jobs', { input, provider: 'openai', maxTokens: 50 }, headers);
      const { id } = await response.json<{ id: string }>();
      await waitFor(async () => {
        const job = await (await send(`/api/jobs/${id}`, { headers })).json();
        expect(job).toMatchObject({ status: 'COMPLETED', attemptCount: 1 });
      });
    }
    called = 1 + replies.length - refused + 1 + 2;
    await ledgerRows(calls.tenantId, called);
  });

  test('nothing stays reserved, and ledger, rollups and counters agree to the nano-dollar', async () => {
    await settled(calls);
    const report = await bill();
    expect(of(calls, report)).toEqual(nothing);
    expect(report.shown.agrees).toBe(true);
    expect(report.ledger.costNanoUsd).toBeGreaterThan(0n);
    const rows = await ledgerRows(calls.tenantId, called);
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['completed', 'failed', 'client_gone']));
    const spent = rows.reduce((sum, row) => sum + (row.costNanoUsd ?? 0n), 0n);
    expect(spent).toBeGreaterThan(0n);
    expect(await countersOf(calls)).toEqual([spent, spent, spent, spent].map(Number));
  });
});

describe('a rollup that differs from the ledger', () => {
  const rollups = () =>
    database.execute(sql`SELECT * FROM usage_rollups WHERE tenant_id = ${tenant.tenantId} ORDER BY source, model`);

  beforeEach(async () => {
    tenant = await createBudgeted();
    await spend(tenant);
  });

  test.each([
    ['has another cost', sql`UPDATE usage_rollups SET cost_nano_usd = cost_nano_usd + 1`],
    ['has other counts', sql`UPDATE usage_rollups SET requests = 5, errors = 4, unpriced_requests = 3`],
    ['has other times', sql`UPDATE usage_rollups SET first_byte_counts = array_fill(7, ARRAY[65])`],
    ['is lost', sql`DELETE FROM usage_rollups`],
    [
      'has no call',
      sql`INSERT INTO usage_rollups SELECT tenant_id, hour, key_id, provider, 'other', source, requests, errors,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd,
        unpriced_requests, first_byte_counts FROM usage_rollups`,
    ],
  ])('since it %s is found and repaired exactly', async (what, tamper) => {
    const { rows: before } = await rollups();
    await database.execute(sql`${tamper} WHERE tenant_id = ${tenant.tenantId}`);
    const report = await bill();
    expect(of(tenant, report).rollups).toMatchObject([{ keyId: tenant.keyId, repaired: false }]);
    expect([report.shown.agrees, isReconciled(report)]).toEqual([what === 'has other times', false]);
    const period = `${report.from.toISOString()}/${report.to.toISOString()}`;
    const audits = await audited(period);
    expect(of(tenant, await bill({ repair: auditActor })).rollups).toMatchObject([{ repaired: true }]);
    expect(await audited(period)).toEqual([
      ...audits,
      {
        action: 'usage.repaired',
        actorId: 'test',
        tenantId: null,
        before: null,
        after: {
          updatedRollups: expect.any(Number),
          deletedRollups: expect.any(Number),
          insertedRollups: expect.any(Number),
        },
      },
    ]);
    expect((await rollups()).rows).toEqual(before);
    expect(of(tenant, await bill())).toEqual(nothing);
  });
});

test('rows that are inserted during a repair are in the rollups', async () => {
  tenant = await createBudgeted();
  const row = {
    tenantId: tenant.tenantId,
    keyId: tenant.keyId,
    source: 'sync',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: 'completed',
    tokenSource: 'provider',
    costNanoUsd: 100n,
    createdAt: new Date(),
    totalMs: 1,
  } as const;
  const book = () => database.insert(usageLedger).values({ ...row, requestId: newId('req') });
  for (let round = 1; round <= 5; round += 1) {
    await book();
    await database.execute(sql`UPDATE usage_rollups SET requests = requests + 1000, cost_nano_usd = cost_nano_usd + 7
      WHERE tenant_id = ${tenant.tenantId}`);
    const repair = () => bill({ repair: auditActor });
    await Promise.all([book(), book(), repair(), book(), repair(), book(), repair(), book()]);
    // A sum that changed in between is left as it was for the next time, with nothing lost and nothing twice.
    for (const { ledger, rollup } of of(tenant, await bill()).rollups) {
      expect([rollup?.requests, rollup?.costNanoUsd]).toEqual([
        (ledger?.requests ?? 0) + 1_000,
        (ledger?.costNanoUsd ?? 0n) + 7n,
      ]);
    }
    await repair();
    expect(of(tenant, await bill())).toEqual(nothing);
  }
  await ledgerRows(tenant.tenantId, 30);
});

describe('a counter that differs from the ledger', () => {
  beforeEach(async () => {
    tenant = await createBudgeted();
    await spend(tenant);
  });

  test.each([5, -5])('by %i is reported when it is found again, and repaired', async (amount) => {
    const [key = ''] = counterKeysOf(tenant);
    await redis.incrby(key, amount);
    const looks: number[] = [];
    const wait = async () => looks.push(await redis.get<number>(key).then(Number));
    const [found] = of(tenant, await bill({ wait })).counters;
    expect(looks).toEqual([7_050 + amount]);
    expect(found).toMatchObject({
      scope: 'key',
      scopeId: tenant.keyId,
      period: day(),
      chargedNanoUsd: 7_050n + BigInt(amount),
      ledgerNanoUsd: 7_050n,
      heldNanoUsd: 0n,
      missingNanoUsd: BigInt(-amount),
      repaired: false,
    });
    expect(await audited(tenant.keyId)).toEqual([]);
    expect(of(tenant, await bill({ repair: auditActor })).counters).toMatchObject([{ repaired: true }]);
    expect(await audited(tenant.keyId)).toEqual([
      {
        action: 'budget.repaired',
        actorId: 'test',
        tenantId: tenant.tenantId,
        before: { period: day(), charged: amount > 0 ? '0.000007055' : '0.000007045' },
        after: { period: day(), charged: '0.00000705' },
      },
    ]);
    expect(await countersOf(tenant)).toEqual([7_050, 7_050, 7_050, 7_050]);
    expect(of(tenant, await bill())).toEqual(nothing);
  });

  test('is not reported where the second look finds it right, or otherwise wrong', async () => {
    const [key = '', other = ''] = counterKeysOf(tenant);
    await redis.incrby(key, 5);
    await redis.incrby(other, 5);
    const wait = async () => {
      await redis.incrby(key, -5);
      await redis.incrby(other, 1);
    };
    expect(of(tenant, await bill({ wait, repair: auditActor }))).toEqual(nothing);
    expect(await redis.get<number>(other)).toBe(7_056);
  });

  test('keeps the charges that come during its repair', async () => {
    const [key = ''] = counterKeysOf(tenant);
    await redis.incrby(key, 5);
    const wait = async () => void (await leaveHold(tenant, { amount: 100, ageMs: 0 }));
    await bill({ wait, repair: auditActor });
    expect(await countersOf(tenant)).toEqual([7_150, 7_150, 7_150, 7_150]);
  });
});

describe('a hold that was left behind', () => {
  beforeEach(async () => {
    tenant = await createBudgeted();
    await spend(tenant);
  });

  test('is listed once it has not been touched for 15 minutes, and stays charged till then', async () => {
    await leaveHold(tenant, { ageMs: 14 * 60_000 });
    expect(of(tenant, await bill({ repair: auditActor }))).toEqual(nothing);
    const id = await leaveHold(tenant);
    const report = await bill({ repair: auditActor });
    expect(of(tenant, report)).toMatchObject({
      rollups: [],
      counters: [],
      unsettled: [{ id, keyId: tenant.keyId, day: day(), amountNanoUsd: 50_000n }],
    });
    expect(isReconciled(report)).toBe(false);
    expect(await countersOf(tenant)).toEqual([107_050, 107_050, 107_050, 107_050]);
  });

  test.each([
    ['released', 0n],
    ['charged', 12_345n],
    ['charged with more than it had', 60_000n],
  ])('is %s by an operator, once', async (_, cost) => {
    const id = await leaveHold(tenant);
    expect(await settleHold({ database, redis, actor: auditActor }, id, cost)).toMatchObject({
      outcome: 'settled',
      costNanoUsd: cost,
    });
    const total = 7_050 + Number(cost);
    for (const again of [cost, 0n, 99n]) {
      expect(await countersOf(tenant)).toEqual([total, total, total, total]);
      const rows = await ledgerRows(tenant.tenantId, cost > 0n ? 2 : 1);
      expect(rows.reduce((sum, row) => sum + (row.costNanoUsd ?? 0n), 0n)).toBe(BigInt(total));
      const report = await bill();
      expect(of(tenant, report)).toEqual(nothing);
      expect(report.shown.agrees).toBe(true);
      expect(await settleHold({ database, redis, actor: auditActor }, id, again)).toEqual({ outcome: 'absent' });
    }
    const charged = nanoUsdToText(cost);
    expect(await audited(id)).toEqual([
      {
        action: 'hold.settled',
        actorId: 'test',
        tenantId: tenant.tenantId,
        before: null,
        after: { keyId: tenant.keyId, day: day(), reserved: '0.00005', charged },
      },
    ]);
  });

  test.each([
    ['broke off', 16],
    ['broke off, even if the hold was updated since', 15.5],
  ])('is charged with the first amount, where its settlement %s', async (_, minutesSinceUpdate) => {
    const id = await leaveHold(tenant);
    const broken = new Proxy(redis, {
      get: (target, name) => (name === 'eval' ? () => Promise.reject(new Error('gone')) : Reflect.get(target, name)),
    });
    await expect(settleHold({ database, redis: broken, actor: auditActor }, id, 12_345n)).rejects.toThrow();
    const record = `50000|0|${Date.now() - minutesSinceUpdate * 60_000}|${tenant.keyId}|${day()}`;
    await redis.hset(holdsKeyOf(tenant), { [id]: record });
    expect(await settleHold({ database, redis, actor: auditActor }, id, 99n)).toMatchObject({
      outcome: 'settled',
      costNanoUsd: 12_345n,
    });
    expect(await countersOf(tenant)).toEqual([19_395, 19_395, 19_395, 19_395]);
    expect(await audited(id)).toMatchObject([{ after: { charged: '0.000012345' } }]);
    expect(of(tenant, await bill())).toEqual(nothing);
  });

  test('is left to its isolate while its calls may be under way', async () => {
    const id = await leaveHold(tenant, { ageMs: 60_000 });
    expect(await settleHold({ database, redis, actor: auditActor }, id, 0n)).toMatchObject({ outcome: 'in_use' });
    expect(await redis.hlen(holdsKeyOf(tenant))).toBe(1);
  });

  test('may have rows in the ledger already: nothing is counted twice once it is settled', async () => {
    const id = await leaveHold(tenant);
    await database.insert(usageLedger).values({
      requestId: newId('req'),
      tenantId: tenant.tenantId,
      keyId: tenant.keyId,
      source: 'sync',
      provider: 'openai',
      model: 'gpt-4o-mini',
      status: 'completed',
      tokenSource: 'provider',
      costNanoUsd: 20_000n,
      createdAt: new Date(),
      totalMs: 1,
    });
    expect(of(tenant, await bill({ repair: auditActor }))).toMatchObject({ counters: [], unsettled: [{ id }] });
    expect(await countersOf(tenant)).toEqual([57_050, 57_050, 57_050, 57_050]);
    await settleHold({ database, redis, actor: auditActor }, id, 0n);
    expect(of(tenant, await bill({ repair: auditActor })).counters).toHaveLength(4);
    expect(await countersOf(tenant)).toEqual([27_050, 27_050, 27_050, 27_050]);
    expect(of(tenant, await bill())).toEqual(nothing);
  });
});

describe('cron', () => {
  test('reconciles the bill', async () => {
    tenant = await createBudgeted();
    await spend(tenant);
    await database.execute(sql`UPDATE usage_rollups SET requests = 9 WHERE tenant_id = ${tenant.tenantId}`);
    await worker.scheduled({ scheduledTime: Date.now(), cron: '', noRetry: () => undefined }, env);
    expect(of(tenant, await bill()).rollups).toEqual([]);
  });

  test('repairs rollups, and reports a counter once two runs have found it', async () => {
    tenant = await createBudgeted();
    await spend(tenant);
    const lines: string[] = [];
    let nowMs = Date.now();
    const watch = new ReconciliationMonitor({
      database,
      redis,
      logger: createLogger('error', (line) => void lines.push(line)),
      now: () => nowMs,
    });
    const [key = ''] = counterKeysOf(tenant);
    await redis.incrby(key, 5);
    await database.execute(sql`UPDATE usage_rollups SET requests = 9 WHERE tenant_id = ${tenant.tenantId}`);
    await watch.run();
    expect(lines.filter((line) => line.includes('rollups'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes(tenant.keyId))).toEqual([]);
    expect(of(tenant, await bill()).rollups).toEqual([]);
    nowMs += 10_000;
    await watch.run();
    expect(lines.filter((line) => line.includes(tenant.keyId))).toEqual([]);
    nowMs += 60_000;
    await watch.run();
    const reports = lines.filter((line) => line.includes(tenant.keyId)).map((line) => JSON.parse(line));
    expect(reports).toMatchObject([{ level: 'error' }]);
    expect(reports[0].counters).toContainEqual({ scopeId: tenant.keyId, period: day(), missingNanoUsd: '-5' });
    expect(await redis.get<number>(key)).toBe(7_055);
  });
});
