import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isReconciled, reconcileLedger } from '../../src/billing/reconcile-ledger.ts';
import { openDatabase } from '../../src/db/client.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import {
  buildTappedWorker,
  type MiniflareGateway,
  startMiniflareGateway,
  tappedModule,
} from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { openSocketCall } from '../support/socket-call.ts';
import { waitFor } from '../support/wait-for.ts';

/** `npm run test:limits` sends ten thousand calls. */
const calls = process.env.LIMITS_AT_FULL_LOAD === '1' ? 10_000 : 400;
const atOnce = 40;
const engines = (await canReachRealEngines()) ? 'real' : 'embedded';

let worker: Awaited<ReturnType<typeof buildTappedWorker>>;
let gateway: MiniflareGateway;

beforeAll(async () => {
  worker = await buildTappedWorker();
  gateway = await startMiniflareGateway({
    workerFolder: worker.folder,
    module: tappedModule,
    engines,
    workers: 2,
    variables: () => ({ USAGE_GOES: 'twice' }),
  });
});
afterAll(async () => {
  await gateway?.stop();
  await worker?.remove();
});

type Outcome = (url: string, key: string) => Promise<void>;

/** Two targets, of which the first fails until it cools down. Each attempt writes a row. */
const models = ['claude/claude-haiku-4-5', 'gpt-4o-mini'];

/** The outcomes of a call. Each of them writes one row to the ledger, and one more for each failed attempt before. */
const common: readonly Outcome[] = [
  (url, key) => post(url, '/api/chat/completions', key, { prompt: 'Hi', provider: 'openai' }),
  (url, key) => post(url, '/stream', key, { prompt: 'Hi', provider: 'claude' }),
  (url, key) =>
    post(url, '/api/chat/completions', key, { prompt: '[[scenario:status code=500]] x', provider: 'openai' }),
  (url, key) =>
    post(url, '/api/chat/completions', key, { prompt: '[[scenario:status code=413]] x', provider: 'claude' }),
  (url, key) => post(url, '/stream', key, { prompt: '[[scenario:cut after=3]] x', provider: 'openai' }),
  (url, key) => post(url, '/api/jobs', key, { input: 'Hi', provider: 'openai' }, { prefer: 'wait=60' }),
  (url, key) =>
    post(url, '/api/jobs', key, { input: '[[scenario:status code=413]] x', provider: 'openai' }, { prefer: 'wait=60' }),
  (url, key) => leave(url, key, 'paced ms=20 chunks=20'),
  (url, key) =>
    post(url, '/api/chat/completions', key, { prompt: '[[scenario:status code=529 only=claude]] x', models }),
  (url, key) => post(url, '/stream', key, { prompt: '[[scenario:error-event after=0 only=claude]] x', models }),
  (url, key) => post(url, '/stream', key, { prompt: '[[scenario:cut after=3]] x', models: models.toReversed() }),
];

/** Streams that outlast the two seconds of their leases, and are settled later. */
const late: readonly Outcome[] = [
  (url, key) => post(url, '/stream', key, { prompt: '[[scenario:paced ms=120 chunks=22]] x', provider: 'openai' }),
  (url, key) =>
    post(url, '/api/chat/completions', key, { prompt: '[[scenario:slow-headers ms=2400]] x', provider: 'claude' }),
  (url, key) => leave(url, key, 'slow-headers,paced ms=900 chunks=5'),
];
const commonBetweenLate = 12;

function outcomeOf(number: number): Outcome | undefined {
  const round = Math.floor(number / (commonBetweenLate + 1));
  const place = number % (commonBetweenLate + 1);
  return place === commonBetweenLate ? late[round % late.length] : common[(number - round) % common.length];
}

async function post(url: string, path: string, key: string, body: object, headers = {}): Promise<void> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers } };
  const response = await fetch(url + path, { ...init, body: JSON.stringify({ maxTokens: 50, ...body }) });
  await response.text();
  if (response.status === 503) await again(() => post(url, path, key, body, headers));
}

async function leave(url: string, key: string, scenario: string): Promise<void> {
  const body = { prompt: `[[scenario:${scenario}]] x`, provider: 'openai', maxTokens: 50 };
  const call = openSocketCall(url, { key, body });
  let status: number | undefined;
  try {
    const response = await call.response;
    status = response.statusCode;
    for await (const bytes of response) if (String(bytes).includes('"chunk"')) call.reset();
  } catch {
    // The client has disconnected.
  }
  if (status === 503) await again(() => leave(url, key, scenario));
}

/** Repeats a call that was refused because a slow machine did not read the reply of Redis in time. */
async function again(call: () => Promise<void>): Promise<void> {
  await setTimeout(200);
  await call();
}

test(`${calls} calls with all outcomes leave no reservation and a reconciled ledger`, {
  timeout: 600_000,
}, async () => {
  const tenant = await gateway.createTenant({
    requestsPerMinute: 1_000_000,
    tokensPerMinute: 1_000_000_000,
    concurrency: 1_000,
    dailyBudgetNanoUsd: 100_000_000_000n,
    monthlyBudgetNanoUsd: 1_000_000_000_000n,
  });
  const {
    DATABASE_URL = '',
    DATABASE_HTTP_URL,
    UPSTASH_REDIS_REST_URL = '',
    UPSTASH_REDIS_REST_TOKEN = '',
  } = gateway.services;
  const database = openDatabase({ url: DATABASE_URL, httpUrl: DATABASE_HTTP_URL, timeoutMs: 30_000 });
  const redis = openRedis({ url: UPSTASH_REDIS_REST_URL, token: UPSTASH_REDIS_REST_TOKEN, timeoutMs: 10_000 });
  const from = new Date();
  let started = 0;
  const client = async () => {
    while (started < calls) {
      const number = started++;
      await outcomeOf(number)?.(gateway.urls[number % gateway.urls.length] ?? '', tenant.key);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  const [first] = await tenant.rows(1);

  // The remaining reservations: holds, and the slots of calls in flight.
  const names = [`limits:{${first?.tenantId}}:holds`, `limits:{${first?.tenantId}}:${first?.keyId}:concurrency`];
  const reserved = () => Promise.all(names.map((name) => redis.hgetall(name)));
  await waitFor(async () => expect(await reserved()).toEqual([null, null]));

  await tenant.rows(calls);
  // The second of each pair of messages may come up to two seconds after the first, and a queue gathers for one.
  await setTimeout(4_000);
  const rows = await tenant.rows(calls);
  const last = rows.filter(({ isLast }) => isLast);
  expect(rows.length).toBeGreaterThan(last.length);
  // A job may have several attempts on a slow machine. Each attempt has a row.
  const attempts = await database.execute(sql`SELECT coalesce(sum(attempt_count - 1), 0) AS further FROM jobs`);
  const expected = calls + Number(attempts.rows[0]?.further);
  expect(last).toHaveLength(expected);
  expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['completed', 'failed', 'client_gone']));
  expect(rows.filter(({ totalMs }) => totalMs > 2_000).length).toBeGreaterThan(calls / (2 * commonBetweenLate));

  const report = await reconcileLedger({ database, redis, from, to: new Date(), repair: false, unsettledAfterMs: 0 });
  expect(report).toMatchObject({ rollups: [], counters: [], unsettled: [] });
  expect(isReconciled(report)).toBe(true);
  expect(report.ledger.requests).toBe(expected);
  expect(report.ledger.costNanoUsd).toBe(rows.reduce((sum, row) => sum + (row.costNanoUsd ?? 0n), 0n));
  expect(report.ledger.costNanoUsd).toBeGreaterThan(0n);
});
