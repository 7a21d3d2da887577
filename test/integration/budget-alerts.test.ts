import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { purgeBudgetAlerts } from '../../src/db/queries/budget-alerts.ts';
import { insertLedgerRows, type LedgerRow } from '../../src/db/queries/usage-ledger.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { budgetAlerts } from '../../src/db/schema/budget-alerts.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { webhookDeliveries } from '../../src/db/schema/webhooks.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Limits } from '../../src/domain/limits.ts';
import worker from '../../src/index.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { rotateWebhookSecret } from '../../src/webhooks/rotate-webhook-secret.ts';
import { sendBudgetAlerts } from '../../src/webhooks/send-budget-alerts.ts';
import type { WebhookMessage } from '../../src/webhooks/webhook-message.ts';
import { auditActor } from '../support/audit-actor.ts';
import { waitFor } from '../support/wait-for.ts';
import { createKey, createTenant, database, ledgerRows, post } from './gateway.ts';
import { expectVerified, received, receiverUrl } from './webhook-setting.ts';

const dollar = 1_000_000_000n;
let tenantId: string;
let keyId: string;
let key: string;
let webhookUrl: string;
let sent: string[];

beforeEach(async () => {
  ({ tenantId, keyId, key } = await createTenant());
  webhookUrl = receiverUrl('ok');
  await database.update(tenants).set({ webhookUrl }).where(eq(tenants.id, tenantId));
  sent = [];
});

const limitKey = (limits: Limits, id = keyId) => database.update(apiKeys).set(limits).where(eq(apiKeys.id, id));
const limitTenant = (limits: Limits) => database.update(tenants).set(limits).where(eq(tenants.id, tenantId));

/** Writes calls of one price each to the ledger, far from the day on which other tests make theirs. */
async function spend(
  costNanoUsd: bigint | null,
  at: string,
  {
    calls = 1,
    by = keyId,
    ...more
  }: { calls?: number; by?: string } & Partial<Pick<LedgerRow, 'provider' | 'status'>> = {},
): Promise<void> {
  const row = {
    tenantId,
    keyId: by,
    source: 'sync',
    provider: 'openai',
    model: 'm',
    status: 'completed',
    ...more,
  } as const;
  const rows = Array.from({ length: calls }, (): LedgerRow => {
    return {
      ...row,
      requestId: newId('req'),
      tokenSource: 'provider',
      costNanoUsd,
      totalMs: 1,
      createdAt: new Date(at),
    };
  });
  await insertLedgerRows(database, rows);
}

const enqueue = async (messages: readonly WebhookMessage[]) =>
  void sent.push(...messages.map(({ deliveryId }) => deliveryId));

/** What cron does at a moment. */
async function sendAlerts(at: string, how: { enqueue: typeof enqueue } = { enqueue }): Promise<void> {
  await sendBudgetAlerts({ database, logger: createLogger('error'), now: () => Date.parse(at), ...how });
}

interface Alert {
  scope: string;
  scopeId: string;
  period: string;
  percent: number;
  budget: number;
  spent: number;
}

async function deliveries() {
  return await database.select().from(webhookDeliveries).where(eq(webhookDeliveries.tenantId, tenantId));
}

/** All that has been told so far, in the order of scope, period and mark. */
async function readAlerts(): Promise<Alert[]> {
  const all = (await deliveries()).map(({ payload }): Alert => JSON.parse(payload ?? '').data);
  const orderOf = ({ scope, period, percent }: Alert) => `${scope} ${period} ${String(percent).padStart(3, '0')}`;
  return all.sort((left, right) => orderOf(left).localeCompare(orderOf(right)));
}

const percents = async () => (await readAlerts()).map(({ percent }) => percent);

describe('each mark of a budget that is passed', () => {
  const at = '2031-05-15T12:00:00.000Z';

  test('is sent once in its period, and not before', async () => {
    await limitKey({ dailyBudgetNanoUsd: dollar });
    await spend(9_980_000n, at, { calls: 50 });
    await sendAlerts(at);
    expect(await percents()).toEqual([]);
    await spend(1_000_000n, at);
    await sendAlerts(at);
    expect(await readAlerts()).toEqual([
      { scope: 'key', scopeId: keyId, period: '2031-05-15', percent: 50, budget: 1, spent: 0.5 },
    ]);
    await sendAlerts(at);
    await spend(10_000_000n, at, { calls: 29 });
    await sendAlerts(at);
    expect(await percents()).toEqual([50]);
    await spend(10_000_000n, at, { calls: 11 });
    await sendAlerts(at);
    expect(await percents()).toEqual([50, 80]);
    await spend(10_000_000n, at, { calls: 10 });
    await sendAlerts(at);
    await sendAlerts(at);
    expect(await percents()).toEqual([50, 80, 100]);
    expect((await readAlerts()).at(-1)).toMatchObject({ percent: 100, spent: 1 });
  });

  test('is sent together with the marks below it', async () => {
    await limitTenant({ monthlyBudgetNanoUsd: dollar });
    await spend(10_000_000n, at, { calls: 40 });
    await sendAlerts(at);
    expect(await percents()).toEqual([]);
    await spend(10_000_000n, at, { calls: 50 });
    await sendAlerts(at);
    expect(await readAlerts()).toEqual([
      { scope: 'tenant', scopeId: tenantId, period: '2031-05', percent: 50, budget: 1, spent: 0.9 },
      { scope: 'tenant', scopeId: tenantId, period: '2031-05', percent: 80, budget: 1, spent: 0.9 },
    ]);
  });

  test.each<[number, bigint, number[]]>([
    [1, 49n, []],
    [1, 50n, [50]],
    [3, 25n, [50]],
    [4, 20n, [50, 80]],
    [3, 30n, [50, 80, 100]],
    [1, 51n, [50, 80, 100]],
  ])('is sent where no room is left for an average call: of a budget of 100, %i of %i', async (calls, cost, marks) => {
    await limitKey({ dailyBudgetNanoUsd: 100n });
    await spend(cost, at, { calls });
    // Free requests and those with an unknown cost are not part of the average.
    await spend(0n, at, { calls: 20, provider: 'stub' });
    await spend(0n, at, { calls: 20, status: 'failed' });
    await spend(null, at, { calls: 20 });
    await sendAlerts(at);
    expect(await percents()).toEqual(marks);
  });

  test('is sent by day and by month, for keys and tenants separately', async () => {
    const other = await createKey(tenantId, { dailyBudgetNanoUsd: dollar });
    await limitKey({ dailyBudgetNanoUsd: dollar, monthlyBudgetNanoUsd: 3n * dollar });
    await limitTenant({ dailyBudgetNanoUsd: 2n * dollar, monthlyBudgetNanoUsd: 100n * dollar });
    await spend(10_000_000n, '2031-05-01T00:00:00Z', { calls: 100 });
    await spend(10_000_000n, '2031-04-30T23:59:59Z', { calls: 100 });
    await spend(10_000_000n, at, { calls: 60 });
    await spend(10_000_000n, at, { calls: 49, by: other.keyId });
    await sendAlerts(at);
    expect(await readAlerts()).toEqual([
      { scope: 'key', scopeId: keyId, period: '2031-05', percent: 50, budget: 3, spent: 1.6 },
      { scope: 'key', scopeId: keyId, period: '2031-05-15', percent: 50, budget: 1, spent: 0.6 },
      { scope: 'tenant', scopeId: tenantId, period: '2031-05-15', percent: 50, budget: 2, spent: 1.09 },
    ]);
  });

  test('is sent again in the next period, and for the last one until its rows have arrived', async () => {
    await limitKey({ dailyBudgetNanoUsd: dollar });
    await spend(10_000_000n, '2031-05-31T23:59:59Z', { calls: 50 });
    await sendAlerts('2031-06-01T00:16:00Z');
    expect(await readAlerts()).toEqual([]);
    await sendAlerts('2031-06-01T00:14:00Z');
    await spend(10_000_000n, '2031-06-01T00:00:00Z', { calls: 55 });
    await sendAlerts('2031-06-01T00:14:00Z');
    await sendAlerts('2031-06-01T12:00:00Z');
    expect((await readAlerts()).map(({ period, percent, spent }) => [period, percent, spent])).toEqual([
      ['2031-05-31', 50, 0.5],
      ['2031-06-01', 50, 0.55],
    ]);
  });

  test('is sent once for any number of concurrent cron runs', async () => {
    await limitKey({ dailyBudgetNanoUsd: dollar });
    await limitTenant({ dailyBudgetNanoUsd: dollar });
    await spend(10_000_000n, at, { calls: 100 });
    await Promise.all(Array.from({ length: 8 }, () => sendAlerts(at)));
    expect(await percents()).toEqual([50, 80, 100, 50, 80, 100]);
    expect(sent.sort()).toEqual((await deliveries()).map(({ id }) => id).sort());
  });

  test('is recorded where there is no webhook, and not sent later', async () => {
    await database.update(tenants).set({ webhookUrl: null }).where(eq(tenants.id, tenantId));
    await limitKey({ dailyBudgetNanoUsd: dollar });
    await spend(10_000_000n, at, { calls: 85 });
    await sendAlerts(at);
    const noted = await database.select().from(budgetAlerts).where(eq(budgetAlerts.tenantId, tenantId));
    expect(noted.map(({ scopeId, period, percent }) => [scopeId, period, percent]).sort()).toEqual([
      [keyId, '2031-05-15', 50],
      [keyId, '2031-05-15', 80],
    ]);
    await database.update(tenants).set({ webhookUrl }).where(eq(tenants.id, tenantId));
    await sendAlerts(at);
    expect(await deliveries()).toEqual([]);
  });

  test('is left to the sweep if the queue refuses it', async () => {
    await limitKey({ dailyBudgetNanoUsd: dollar });
    await spend(10_000_000n, at, { calls: 50 });
    await sendAlerts(at, { enqueue: () => Promise.reject(new Error('Queue is overloaded')) });
    expect(await deliveries()).toMatchObject([{ status: 'PENDING', jobId: null, enqueuedAt: null }]);
  });
});

test('a budget of zero has no marks', async () => {
  const at = '2031-05-15T12:00:00.000Z';
  await limitKey({ dailyBudgetNanoUsd: 0n, monthlyBudgetNanoUsd: null });
  await spend(10n, at);
  await sendAlerts(at);
  expect(await deliveries()).toEqual([]);
});

test('sent alerts are deleted in time, and marks not before their month is over', async () => {
  const at = '2031-05-15T12:00:00.000Z';
  const old = new Date(Date.now() - 31 * 86_400_000);
  await limitKey({ monthlyBudgetNanoUsd: dollar });
  await spend(10_000_000n, at, { calls: 50 });
  await sendAlerts(at);
  const ofTenant = eq(webhookDeliveries.tenantId, tenantId);
  await database.update(webhookDeliveries).set({ status: 'DELIVERED', finishedAt: old }).where(ofTenant);
  await database.update(budgetAlerts).set({ createdAt: old }).where(eq(budgetAlerts.tenantId, tenantId));
  await purgeBudgetAlerts(database, 40);
  expect(await deliveries()).toHaveLength(1);
  await purgeBudgetAlerts(database, 1);
  expect(await deliveries()).toEqual([]);
  await sendAlerts(at);
  expect(await deliveries()).toEqual([]);
});

test('cron sends a signed event once for each mark that real calls pass', async () => {
  const { secret } = await rotateWebhookSecret(database, tenantId, 0, auditActor);
  // A call costs 7,050 nano-dollars.
  await limitKey({ dailyBudgetNanoUsd: 14_100n });
  const body = { prompt: 'Hi', provider: 'openai', maxTokens: 1 };
  const call = async () => (await post('/api/chat/completions', body, { 'x-api-key': key })).status;
  const cron = () => worker.scheduled({ scheduledTime: Date.now(), cron: '', noRetry: () => undefined }, env);
  const arrived = (count: number) =>
    waitFor(async () => {
      const webhooks = await received(webhookUrl);
      expect(webhooks).toHaveLength(count);
      return webhooks;
    });

  expect(await call()).toBe(200);
  await ledgerRows(tenantId, 1);
  await cron();
  const [webhook] = await arrived(1);
  if (!webhook) throw new Error('nothing has come');
  await expectVerified(webhook, secret);
  const [delivery] = await deliveries();
  expect(webhook.headers['webhook-id']).toBe(delivery?.id);
  const { timestamp, ...event } = JSON.parse(webhook.body);
  expect(Math.abs(Date.now() - Date.parse(timestamp))).toBeLessThan(60_000);
  expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const period = new Date().toISOString().slice(0, 10);
  expect(event).toEqual({
    type: 'budget.reached',
    id: expect.stringMatching(/^whd_\w+$/),
    data: { scope: 'key', scopeId: keyId, period, percent: 50, budget: 0.0000141, spent: 0.00000705 },
  });
  expect(event.id).toBe(delivery?.id);

  expect(await call()).toBe(200);
  await ledgerRows(tenantId, 2);
  await cron();
  await cron();
  const webhooks = await arrived(3);
  for (const one of webhooks) await expectVerified(one, secret);
  expect(webhooks.map(({ body }) => JSON.parse(body).data.percent).sort((a, b) => a - b)).toEqual([50, 80, 100]);
  await waitFor(async () => {
    expect((await deliveries()).map(({ status }) => status)).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED']);
  });
  await cron();
  expect(await received(webhookUrl)).toHaveLength(3);
});
