import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openRedis } from '../../src/limits/redis-client.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { type ProviderServer, startProviderServer } from '../support/provider-server/provider-server.ts';
import { waitFor } from '../support/wait-for.ts';

const key = 'sk-shared-cooldowns';
/** Failures begin the cooldown, which lasts this long. */
const maxFailures = 5;
const cooldownMs = 10_000;

let gateway: MiniflareGateway;
let answering: ProviderServer;
let failing: Server;
/** The bodies that the failing server has got. */
const bodies: string[] = [];

beforeAll(async () => {
  failing = createServer(async (request, response) => {
    bodies.push(await text(request));
    response.writeHead(500).end();
  });
  await once(failing.listen(0, '127.0.0.1'), 'listening');
  answering = await startProviderServer({ openAiKey: key, models: ['model-1'] });
  const { port } = failing.address() as AddressInfo;
  const compatible = [
    { name: 'failing', baseUrl: `http://127.0.0.1:${port}/v1`, apiKeyVar: 'FAILING_API_KEY' },
    { name: 'answering', baseUrl: answering.openAiBaseUrl, apiKeyVar: 'ANSWERING_API_KEY' },
  ];
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    workers: 2,
    variables: () => ({
      COMPATIBLE_PROVIDERS: JSON.stringify(compatible),
      FAILING_API_KEY: key,
      ANSWERING_API_KEY: key,
    }),
  });
});

afterAll(async () => {
  await gateway?.stop();
  await answering?.close();
  failing?.closeAllConnections();
  failing?.close();
});

/** Sends a request to the Worker of a name, over both targets. */
async function request(worker: 'A' | 'B', apiKey: string) {
  const response = await fetch(`${gateway.urls[worker === 'A' ? 0 : 1]}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      models: ['failing/model-1', 'answering/model-1'],
      messages: [{ role: 'user', content: `from ${worker}` }],
    }),
  });
  await response.text();
  return { status: response.status, attempts: Number(response.headers.get('x-gateway-attempts')) };
}

const countFailures = (worker: 'A' | 'B') => bodies.filter((body) => body.includes(`from ${worker}`)).length;

test('a target that has failed in one Worker gets no request from another one until its cooldown ends, and then one', async () => {
  const { UPSTASH_REDIS_REST_URL: url = '', UPSTASH_REDIS_REST_TOKEN: token = '' } = gateway.services;
  const redis = openRedis({ url, token, timeoutMs: 10_000 });
  const tenant = await gateway.createTenant({ requestsPerMinute: 100_000 });
  for (let count = 0; count < maxFailures; count += 1) {
    expect(await request('A', tenant.key)).toEqual({ status: 200, attempts: 2 });
  }
  const failedAtMs = performance.now();
  // Its leases end after two seconds, and then a request makes the next round trip.
  await waitFor(async () => {
    expect(await request('A', tenant.key)).toEqual({ status: 200, attempts: 1 });
    expect(await redis.zcard('cooldowns:{targets}:operator')).toBe(1);
  });
  await request('B', tenant.key);
  const before = countFailures('B');
  expect(before).toBeLessThanOrEqual(1);
  const attempts: number[] = [];
  await waitFor(async () => {
    attempts.push((await request('B', tenant.key)).attempts);
    expect(countFailures('B')).toBe(before + 1);
  });
  expect(performance.now() - failedAtMs).toBeGreaterThan(cooldownMs - 1_000);
  expect(attempts.length).toBeGreaterThan(1);
  expect(attempts).toEqual([...attempts.slice(1).map(() => 1), 2]);
  const after = await Promise.all(Array.from({ length: 10 }, () => request('B', tenant.key)));
  expect(after).toEqual(after.map(() => ({ status: 200, attempts: 1 })));
  expect(countFailures('B')).toBe(before + 1);
}, 120_000);
