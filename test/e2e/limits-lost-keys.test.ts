import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { isReconciled, reconcileLedger } from '../../src/billing/reconcile-ledger.ts';
import type { LocalServer } from '../../src/dev/local-server.ts';
import type { RedisBackend } from '../../src/dev/redis-backend.ts';
import { createRedisMock } from '../../src/dev/redis-mock-backend.ts';
import { connectRedisServer } from '../../src/dev/redis-server-backend.ts';
import { startUpstashEndpoint } from '../../src/dev/upstash-endpoint.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { type Answer, call, countStatuses, isFullLoad, openGatewayDatabase, warmUp } from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { type RedisProcess, startRedisProcess } from '../support/redis-process.ts';
import { waitFor } from '../support/wait-for.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
const workers = 2;
const clients = 24;
/** What a call costs, and what it is reserved at, at most. */
const costNanoUsd = { actual: 7_050, reserved: 12_000 };
const affordableCalls = isFullLoad ? 6_000 : 800;
const losses = 4;
const token = randomBytes(16).toString('hex');

const startedAtMs = Date.now();
let redisProcess: RedisProcess | undefined;
let redis: RedisBackend;
let endpoint: LocalServer;
let gateway: MiniflareGateway;

beforeAll(async () => {
  redisProcess = await startRedisProcess();
  redis = redisProcess ? await connectRedisServer(redisProcess.url) : createRedisMock();
  endpoint = await startUpstashEndpoint({ backend: redis, token });
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    engines,
    workers,
    variables: () => ({
      UPSTASH_REDIS_REST_URL: endpoint.url,
      UPSTASH_REDIS_REST_TOKEN: token,
      // A call that times out has an unknown cost.
      FIRST_BYTE_TIMEOUT_MS: '60000',
      CHUNK_TIMEOUT_MS: '60000',
      TOTAL_TIMEOUT_MS: '60000',
    }),
  });
  await warmUp(gateway);
}, 240_000);

afterAll(async () => {
  await gateway?.stop();
  await endpoint?.close();
  await redis?.close();
  await redisProcess?.stop();
});

test('a Redis that loses all keys four times under load exceeds a budget by at most the calls in flight, and counters equal the ledger', {
  timeout: 600_000,
}, async () => {
  const budgetNanoUsd = affordableCalls * costNanoUsd.actual;
  const { key, keyId, rows } = await gateway.createTenant({ dailyBudgetNanoUsd: BigInt(budgetNanoUsd) });
  const answers: Answer[] = [];
  let [inFlight, inFlightAtLosses, lost] = [0, 0, 0];
  // The holds of calls in flight may be released.
  const isSpent = () => lost === losses && answers.slice(-clients).every(({ body }) => body.includes('It resets in'));
  const admitted = () => answers.filter(({ status }) => status === 200).length;
  const client = async (_: unknown, number: number) => {
    while (!isSpent()) {
      inFlight += 1;
      const answer = await call(gateway.urls[number % workers] ?? '', key, '[[scenario:slow-headers ms=100]] Hi');
      inFlight -= 1;
      answers.push(answer);
      if (answer.status !== 200) await setTimeout(500);
    }
  };
  const lose = async () => {
    for (; lost < losses; lost += 1) {
      // The last loss happens when little of the budget remains.
      const share = (lost + 1) / (losses + 0.2);
      while (admitted() < share * affordableCalls) await setTimeout(10);
      inFlightAtLosses += inFlight;
      await redis.run(['FLUSHALL']);
    }
  };
  await Promise.all([...Array.from({ length: clients }, client), lose()]);

  const statuses = countStatuses(answers);
  expect(Object.keys(statuses).sort()).toEqual(['200', '402']);
  const spent = (await rows(admitted())).reduce((sum, row) => sum + Number(row.costNanoUsd ?? 0n), 0);
  expect(spent).toBe(admitted() * costNanoUsd.actual);
  expect(spent).toBeGreaterThan(budgetNanoUsd - 2 * costNanoUsd.reserved);
  expect(spent).toBeLessThanOrEqual(budgetNanoUsd + inFlightAtLosses * costNanoUsd.reserved);

  const database = openGatewayDatabase(gateway);
  const counters = openRedis({ url: endpoint.url, token, timeoutMs: 10_000 });
  const period = { from: new Date(startedAtMs), repair: false as const, unsettledAfterMs: 10_000 };
  await waitFor(
    async () => {
      const report = await reconcileLedger({ database, redis: counters, ...period, to: new Date() });
      expect(report).toMatchObject({ rollups: [], counters: [], unsettled: [] });
      expect(isReconciled(report)).toBe(true);
      const holds = await redis.run(['HLEN', `limits:{${(await rows(1))[0]?.tenantId}}:holds`]);
      expect(holds).toBe(0);
    },
    { intervalMs: 1_000 },
  );
  const day = new Date().toISOString().slice(0, 10);
  const tenantId = (await rows(1))[0]?.tenantId ?? '';
  expect(Number(await redis.run(['GET', `limits:{${tenantId}}:${keyId}:budget:${day}`]))).toBe(spent);
});
