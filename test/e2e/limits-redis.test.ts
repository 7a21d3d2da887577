import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { isReconciled, reconcileLedger } from '../../src/billing/reconcile-ledger.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import {
  type Answer,
  call,
  countStatuses,
  isFullLoad,
  openGatewayDatabase,
  percentile,
  retryTiming,
  startLoad,
  timingFailure,
  warmUp,
} from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { waitFor } from '../support/wait-for.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';

const startedAtMs = Date.now();
let gateway: MiniflareGateway;
let redis: FaultProxy;

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    engines,
    variables: async (serviceVariables) => {
      redis = await startFaultProxy(serviceVariables.UPSTASH_REDIS_REST_URL ?? '');
      return { UPSTASH_REDIS_REST_URL: redis.url };
    },
  });
  await warmUp(gateway);
});

afterAll(async () => {
  redis?.close();
  await gateway?.stop();
});

test(
  'a key with 100 calls per second, half of its limit, needs less than a tenth of a Redis round trip per call',
  retryTiming,
  async () => {
    const limits = { requestsPerMinute: 12_000, tokensPerMinute: 100_000_000, dailyBudgetNanoUsd: 1_000_000_000_000n };
    const { key } = await gateway.createTenant(limits);
    const requestsBefore = redis.requests;
    const fromMs = performance.now();
    const load = startLoad({ clients: 20, perSecond: 100, call: () => call(gateway.url, key, 'Hi') });
    await setTimeout(5_000);
    const answers = await load.stop();
    // A busy machine makes fewer calls: its round trips are held against those that it should have made.
    const due = (100 * (performance.now() - fromMs)) / 1000;
    expect(countStatuses(answers), timingFailure).toEqual({ 200: answers.length });
    expect((redis.requests - requestsBefore) / due, timingFailure).toBeLessThanOrEqual(0.1);
  },
);

/** How long Redis is healthy, then faulty. An open breaker lets one request through every five seconds. */
const healthyMs = isFullLoad ? 3_000 : 2_000;
const faultMs = isFullLoad ? 7_000 : 4_000;
const breakerMs = 5_000;
/** Leases from before the fault are used up by then. */
const leaseMs = 2_000;
const maxBackMs = 30_000;

/** Runs `work` while Redis has a fault. Returns the number of requests to Redis in that time. */
async function withFault(fault: Fault, work: () => Promise<unknown>): Promise<number> {
  const before = redis.requests;
  redis.fault = fault;
  try {
    await work();
    return redis.requests - before;
  } finally {
    redis.fault = 'none';
  }
}

function p99(answers: readonly Answer[]): number {
  return percentile(
    answers.map(({ ms }) => ms),
    0.99,
  );
}

describe('under steady load', () => {
  test.each(['refuse', 'hang', 'late', 'lose', 'error', 'slow'] as const)(
    'calls without a budget succeed while Redis fails (%s), and calls with a budget resume after it',
    retryTiming,
    async (fault) => {
      const mark = `${fault}-${Date.now() % 1e6}`;
      // Reserved at somewhat more than it costs.
      const prompt = `[[scenario:slow-headers ms=20]] ${mark}, if you please`;
      const budgetNanoUsd = 120n * 9_000n;
      const rated = await gateway.createTenant({ requestsPerMinute: 100_000, tokensPerMinute: 100_000_000 });
      const budgeted = await gateway.createTenant({ dailyBudgetNanoUsd: budgetNanoUsd });
      const rates = startLoad({ clients: 20, perSecond: 60, call: () => call(gateway.url, rated.key, 'Hi') });
      const money = startLoad({ clients: 5, perSecond: 10, call: () => call(gateway.url, budgeted.key, prompt) });

      await setTimeout(healthyMs);
      const fromMs = Date.now();
      const redisRequests = await withFault(fault, () => setTimeout(faultMs));
      const toMs = Date.now();
      await setTimeout(healthyMs);
      // The breaker may first have to wait for its next probe.
      const isBack = ({ startedAtMs, status }: Answer) => startedAtMs >= toMs && status !== 503;
      while (!money.answers.some(isBack) && Date.now() < toMs + maxBackMs) await setTimeout(100);
      await setTimeout(healthyMs);
      const [byRate, byMoney] = await Promise.all([rates.stop(), money.stop()]);

      const backMs = Math.min(...byMoney.filter(isBack).map(({ startedAtMs }) => startedAtMs));
      const startedBetween = (answers: readonly Answer[], from: number, to: number) =>
        answers.filter(({ startedAtMs }) => startedAtMs >= from && startedAtMs < to);
      const after = backMs + leaseMs / 2;
      expect(backMs - toMs).toBeLessThan(maxBackMs);
      expect(countStatuses(byRate)).toEqual({ 200: byRate.length });
      const untroubled = [
        ...startedBetween(byRate, 0, fromMs),
        ...startedBetween(byRate, after, Number.POSITIVE_INFINITY),
      ];
      expect(p99(startedBetween(byRate, fromMs, toMs)) - p99(untroubled), timingFailure).toBeLessThanOrEqual(300);
      expect(countStatuses(startedBetween(byMoney, after, Number.POSITIVE_INFINITY)), timingFailure).not.toHaveProperty(
        '503',
      );
      // The gateway waits for a Redis that is late.
      if (fault !== 'slow' && fault !== 'late')
        expect(redisRequests).toBeLessThanOrEqual(10 + Math.floor(faultMs / breakerMs));
      if (fault !== 'slow' && fault !== 'late') {
        const refused = startedBetween(byMoney, fromMs + leaseMs + 500, toMs);
        expect(countStatuses(refused)).toEqual({ 503: refused.length });
        for (const { retryAfter } of refused) expect(Number(retryAfter)).toBeGreaterThan(0);
      }

      // The rest of the budget is used up, and no more.
      const lastAnswers: Answer[] = [];
      const spent = () => lastAnswers.some(({ status }) => status === 402);
      for (const untilMs = Date.now() + maxBackMs; !spent() && Date.now() < untilMs; ) {
        lastAnswers.push(
          ...(await Promise.all(Array.from({ length: 10 }, () => call(gateway.url, budgeted.key, prompt)))),
        );
      }
      const let200 = [...byMoney, ...lastAnswers].filter(({ status }) => status === 200).length;
      expect(countStatuses(lastAnswers)).toHaveProperty('402');
      const rows = await budgeted.rows(let200);
      expect(rows).toHaveLength(let200);
      expect((await gateway.readProviderTraffic(mark)).requests).toHaveLength(let200);
      expect(rows.reduce((sum, row) => sum + (row.costNanoUsd ?? 0n), 0n)).toBeLessThanOrEqual(budgetNanoUsd);
    },
  );

  const many = isFullLoad ? (['refuse', 'hang'] as const) : (['hang'] as const);
  test.each(many)('20 keys soon stop sending requests to a Redis that fails (%s)', retryTiming, async (fault) => {
    const tenants = await Promise.all(
      Array.from({ length: 20 }, () => gateway.createTenant({ requestsPerMinute: 100_000 })),
    );
    const load = startLoad({
      clients: 20,
      perSecond: 60,
      call: (number) => call(gateway.url, tenants[number % 20]?.key ?? '', 'Hi'),
    });
    await setTimeout(healthyMs);
    const redisRequests = await withFault(fault, () => setTimeout(breakerMs - 500));
    await setTimeout(breakerMs + 500);
    const answers = await load.stop();
    expect(countStatuses(answers)).toEqual({ 200: answers.length });
    // Requests in flight at the fifth failure cannot be cancelled.
    expect(redisRequests).toBeLessThanOrEqual(10 + 20);
  });
});

test('the faults leave no reservation, and the counters equal the ledger', async () => {
  const { UPSTASH_REDIS_REST_URL: url = '', UPSTASH_REDIS_REST_TOKEN: token = '' } = gateway.services;
  const database = openGatewayDatabase(gateway);
  const counters = openRedis({ url, token, timeoutMs: 10_000 });
  const period = { from: new Date(startedAtMs), repair: false as const, unsettledAfterMs: 10_000 };
  const isRight = async () => {
    const report = await reconcileLedger({ database, redis: counters, ...period, to: new Date() });
    expect(report).toMatchObject({ rollups: [], counters: [], unsettled: [] });
    expect(isReconciled(report)).toBe(true);
  };
  await waitFor(isRight, { intervalMs: 1_000 });
});
