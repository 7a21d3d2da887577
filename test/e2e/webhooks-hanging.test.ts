import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { percentile, retryTiming, timingFailure } from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { waitFor } from '../support/wait-for.ts';

const hangingCount = 40;
const healthyCount = 100;

/** A webhook that has come, and how long after the end of its job. */
interface Arrival {
  readonly jobId: string;
  readonly delayMs: number;
}

let gateway: MiniflareGateway;
let port: number;
const arrivals: Arrival[] = [];
const hangingHosts: string[] = [];

/** Answers at `/ok` and never anywhere else. All addresses of the loopback network lead to it. */
const receiver = createServer(async (request, response) => {
  const atMs = Date.now();
  const body = await text(request);
  if (request.url !== '/ok') return void hangingHosts.push(request.headers.host ?? '');
  const { data } = JSON.parse(body) as { data: { id: string; finishedAt: string } };
  arrivals.push({ jobId: data.id, delayMs: atMs - Date.parse(data.finishedAt) });
  response.end();
});

beforeAll(async () => {
  await once(receiver.listen(0, '0.0.0.0'), 'listening');
  const address = receiver.address();
  port = typeof address === 'object' && address ? address.port : 0;
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder') });
}, 240_000);

afterAll(async () => {
  await gateway?.stop();
  receiver.close();
  receiver.closeAllConnections();
});

async function createJob(key: string, webhookUrl: string): Promise<string> {
  const response = await fetch(`${gateway.url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ input: 'Hi', provider: 'stub', webhookUrl }),
  });
  expect(response.status).toBe(202);
  return (JSON.parse(await response.text()) as { id: string }).id;
}

test(`${hangingCount} receivers that hang do not delay a webhook of another tenant`, retryTiming, async () => {
  const [hanging, healthy] = [await gateway.createTenant(), await gateway.createTenant()];
  const warmUp = await createJob(healthy.key, `http://127.0.0.1:${port}/ok`);
  await waitFor(() => expect(arrivals.map(({ jobId }) => jobId)).toContain(warmUp));
  const hosts = Array.from({ length: hangingCount }, (_, index) => `127.0.1.${index + 1}:${port}`);
  await Promise.all(hosts.map((host) => createJob(hanging.key, `http://${host}/hangs`)));
  await waitFor(() => expect(hangingHosts.length).toBeGreaterThan(0));
  const ids = new Set<string>();
  for (let count = 0; count < healthyCount; count += 1) {
    ids.add(await createJob(healthy.key, `http://127.0.0.1:${port}/ok`));
  }
  const own = () => arrivals.filter(({ jobId }) => ids.has(jobId));
  await waitFor(() => expect(own()).toHaveLength(healthyCount));
  const delaysMs = own().map(({ delayMs }) => delayMs);
  expect(percentile(delaysMs, 0.95), timingFailure).toBeLessThanOrEqual(3_000);
});
