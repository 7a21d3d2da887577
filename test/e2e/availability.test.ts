import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createHostileRequests, type HostileRequest } from '../support/hostile-bodies.ts';
import { percentile, retryTiming, timingFailure } from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';

/** `npm run test:availability` sends every shape of a body to every route. */
const isFull = process.env.AVAILABILITY_AT_FULL_LOAD === '1';
const sampleSize = isFull ? undefined : 60;
const maxP99Ms = 150;
const everyMs = 10;
const maxBodyBytes = 10 * 2 ** 20;

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
  const calls: Call[] = [];
  const statuses = new Map<string, number>();
  for (const request of createHostileRequests(sampleSize)) {
    let ended = false;
    // Not while this process is busy creating a body.
    const beside = (async () => {
      while (!ended) {
        calls.push(await callOther(request.name));
        await setTimeout(everyMs);
      }
    })();
    statuses.set(request.name, await send(request));
    ended = true;
    await beside;
  }
  const p99 = percentile(
    calls.map(({ ms }) => ms),
    0.99,
  );
  const slowest = calls.toSorted((left, right) => right.ms - left.ms).slice(0, 15);
  const lines = slowest.map(({ ms, during }) => `  ${ms.toFixed(0)} ms, during ${during} (${statuses.get(during)})`);
  console.log(
    `${calls.length} calls beside ${statuses.size} hostile ones: p99 ${p99.toFixed(0)} ms. The longest blocks:`,
  );
  console.log(lines.join('\n'));
  expect(calls.filter(({ status }) => status !== 200)).toEqual([]);
  expect([...statuses].filter(([, status]) => status === 500)).toEqual([]);
  expect(p99, timingFailure).toBeLessThanOrEqual(maxP99Ms);
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

/** Returns the status of the reply. It is 413 too if the Worker rejects the length before the whole body has been sent. */
async function send({ path, body }: HostileRequest): Promise<number> {
  try {
    return await post(path, body, attacker);
  } catch (error) {
    if (body.length > maxBodyBytes) return 413;
    throw error;
  }
}

/** Sends a request and reads its reply to the end. */
async function post(path: string, body: string | Uint8Array<ArrayBuffer>, key: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}
