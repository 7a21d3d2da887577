import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { sendHostileRequests } from '../support/hostile-sender.ts';
import { percentile, retryTiming, timingFailure } from '../support/limited-calls.ts';
import { measureSlowness } from '../support/measure-slowness.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';

/** `npm run test:availability` sends every shape of a body to every route. */
const isFull = process.env.AVAILABILITY_AT_FULL_LOAD === '1';
const sampleSize = isFull ? undefined : 60;
/** On a machine that has nothing else to do. */
const maxP99Ms = 150;
const everyMs = 10;

// The embedded database shares a process with the provider servers, which read every byte.
const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
let gateway: MiniflareGateway;
let attacker: string;
let other: string;

beforeAll(async () => {
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), engines });
  // With limits, so that the gateway has to estimate tokens.
  const limits = { requestsPerMinute: 1_000_000, tokensPerMinute: 2_000_000_000, dailyBudgetNanoUsd: 10n ** 15n };
  attacker = (await gateway.createTenant(limits)).key;
  other = (await gateway.createTenant()).key;
  // The first request that needs a provider's client, GraphQL or the schemas of Stub loads them.
  for (const provider of ['stub', 'openai', 'claude', 'ollama']) {
    await post('/api/chat/completions', JSON.stringify({ provider, prompt: 'Hi' }), attacker);
  }
  await post('/graphql', '{"query":"{me{id}}"}', attacker);
});

// Jobs of the hostile requests may still run.
afterAll(() => gateway?.stop(), 600_000);

test('a tenant gets replies while another tenant sends the most expensive requests', {
  ...retryTiming,
  timeout: 1_800_000,
}, async () => {
  const slowness = [await measureSlowness()];
  const calls: Call[] = [];
  const statuses = new Map<string, number>();
  let current: string | undefined;
  let ended = false;
  const sending = sendHostileRequests({ url: gateway.url, key: attacker, sampleSize }, ({ name, status }) => {
    current = status === undefined ? name : undefined;
    if (status !== undefined) statuses.set(name, status);
  }).finally(() => {
    ended = true;
  });
  while (!ended) {
    const during = current;
    if (during !== undefined) calls.push(await callOther(during));
    await setTimeout(everyMs);
  }
  await sending;
  slowness.push(await measureSlowness());
  const p99 = percentile(
    calls.map(({ ms }) => ms),
    0.99,
  );
  const slowest = calls.toSorted((left, right) => right.ms - left.ms).slice(0, 15);
  const lines = slowest.map(({ ms, during }) => `  ${ms.toFixed(0)} ms, during ${during} (${statuses.get(during)})`);
  console.log(
    `${calls.length} calls beside ${statuses.size} hostile ones: p99 ${p99.toFixed(0)} ms, at a slowness of ${slowness.map((factor) => factor.toFixed(1)).join(' to ')}. The longest blocks:`,
  );
  console.log(lines.join('\n'));
  expect(calls.filter(({ status }) => status !== 200)).toEqual([]);
  expect([...statuses].filter(([, status]) => status === 500)).toEqual([]);
  expect(p99, timingFailure).toBeLessThanOrEqual(maxP99Ms * Math.max(...slowness));
});

/** A call of the tenant that is not hostile. */
interface Call {
  readonly ms: number;
  readonly status: number;
  /** The name of the hostile request in flight. */
  readonly during: string;
}

async function callOther(during: string): Promise<Call> {
  const startedAt = performance.now();
  const status = await post('/api/chat/completions', '{"provider":"stub","prompt":"Hi"}', other);
  return { ms: performance.now() - startedAt, status, during };
}

/** Sends a request and reads its reply to the end. */
async function post(path: string, body: string, key: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}
