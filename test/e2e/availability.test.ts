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

// The embedded database runs beside the servers that play the providers, which read every byte.
const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
let gateway: MiniflareGateway;
let attacker: string;
let other: string;

beforeAll(async () => {
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), engines });
  // With limits, for what they count has to be estimated.
  const limits = { requestsPerMinute: 1_000_000, tokensPerMinute: 2_000_000_000, dailyBudgetNanoUsd: 10n ** 15n };
  attacker = (await gateway.createTenant(limits)).key;
  other = (await gateway.createTenant()).key;
  // A provider's client, GraphQL and the schemas of Stub are loaded with the first request that needs them.
  for (const provider of ['stub', 'openai', 'claude', 'ollama']) {
    await post('/api/chat/completions', JSON.stringify({ provider, prompt: 'Hi' }), attacker);
  }
  await post('/graphql', '{"query":"{me{id}}"}', attacker);
});

afterAll(() => gateway?.stop());

test('a tenant is served while another one sends the worst that it can', {
  ...retryTiming,
  timeout: 1_800_000,
}, async () => {
  const delays: { ms: number; during: string }[] = [];
  let during = 'nothing';
  let stopped = false;
  const load = (async () => {
    while (!stopped) {
      const sentDuring = during;
      const startedAt = performance.now();
      const status = await post('/api/chat/completions', '{"provider":"stub","prompt":"Hi"}', other);
      delays.push({ ms: performance.now() - startedAt, during: sentDuring });
      expect(status).toBe(200);
      await setTimeout(everyMs);
    }
  })();
  const statuses = new Map<string, number>();
  try {
    for (const request of createHostileRequests(sampleSize)) {
      // Making a body takes this process some time.
      await setTimeout(2 * everyMs);
      during = request.name;
      statuses.set(request.name, await send(request));
    }
  } finally {
    stopped = true;
    await load;
  }
  const worst = delays.toSorted((left, right) => right.ms - left.ms);
  const p99 = percentile(
    delays.map(({ ms }) => ms),
    0.99,
  );
  const lines = worst
    .slice(0, 15)
    .map(({ ms, during: name }) => `  ${ms.toFixed(0)} ms, during ${name} (${statuses.get(name)})`);
  console.log(
    `${delays.length} calls beside ${statuses.size} hostile ones: p99 ${p99.toFixed(0)} ms. The longest:\n${lines.join('\n')}`,
  );
  expect([...statuses].filter(([, status]) => status >= 500 && status !== 502)).toEqual([]);
  expect(p99, timingFailure).toBeLessThanOrEqual(maxP99Ms);
});

async function send({ path, body }: HostileRequest): Promise<number> {
  return await post(path, body, attacker);
}

/** Sends a request and reads its reply to the end. */
async function post(path: string, body: string | Uint8Array<ArrayBuffer>, key: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}
