import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { type ProviderServer, startProviderServer } from '../support/provider-server/provider-server.ts';
import { waitFor } from '../support/wait-for.ts';

const key = 'sk-failover';
const intervalMs = 10;
/** Failures begin the cooldown, which lasts this long. */
const maxFailures = 5;
const cooldownMs = 10_000;
/** How long attempts that were under way at the last failure may still arrive. */
const settlingMs = 1_500;

interface Outcome {
  readonly status: number;
  readonly provider: string | null;
  readonly attempts: number;
  /** Whether the reply came to its end. */
  readonly isWhole: boolean;
}

let gateway: MiniflareGateway;
let second: ProviderServer;
let firstPort: number;

beforeAll(async () => {
  firstPort = await findFreePort();
  second = await startProviderServer({ openAiKey: key, models: ['model-1'] });
  const compatible = [
    { name: 'first', baseUrl: `http://127.0.0.1:${firstPort}/v1`, apiKeyVar: 'FIRST_API_KEY' },
    { name: 'second', baseUrl: second.openAiBaseUrl, apiKeyVar: 'SECOND_API_KEY' },
  ];
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: () => ({
      COMPATIBLE_PROVIDERS: JSON.stringify(compatible),
      FIRST_API_KEY: key,
      SECOND_API_KEY: key,
    }),
  });
});

afterAll(async () => {
  await gateway?.stop();
  await second?.close();
});

const startFirst = () => startProviderServer({ port: firstPort, openAiKey: key, models: ['model-1'] });

/** A server that breaks each connection. Returns when each one came. */
async function startBroken(): Promise<{ readonly times: readonly number[]; readonly server: Server }> {
  const times: number[] = [];
  const server = createServer((socket) => {
    times.push(performance.now());
    socket.resetAndDestroy();
  });
  await new Promise<void>((resolve) => void server.listen(firstPort, '127.0.0.1', resolve));
  return { times, server };
}

async function request(apiKey: string, stream: boolean): Promise<Outcome> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      models: ['first/model-1', 'second/model-1'],
      messages: [{ role: 'user', content: 'Hi' }],
      stream,
    }),
  });
  const text = await response.text();
  return {
    status: response.status,
    provider: response.headers.get('x-gateway-provider'),
    attempts: Number(response.headers.get('x-gateway-attempts')),
    isWhole: stream ? text.endsWith('data: [DONE]\n\n') : text.includes('"finish_reason"'),
  };
}

test('a target that dies under 100 requests a second costs none of them, and is asked again after its cooldown', async () => {
  const tenant = await gateway.createTenant();
  let first = await startFirst();
  await request(tenant.key, true);
  const outcomes: Promise<Outcome>[] = [];
  const timer = setInterval(() => outcomes.push(request(tenant.key, outcomes.length % 2 === 0)), intervalMs);
  try {
    await waitFor(() => expect(outcomes.length).toBeGreaterThan(100));
    await first.close();
    const { times, server } = await startBroken();
    await waitFor(() => expect(times.length).toBeGreaterThanOrEqual(maxFailures));
    const failedAtMs = times[maxFailures - 1] ?? 0;
    await waitFor(() => expect(performance.now() - failedAtMs).toBeGreaterThan(cooldownMs - 1_000));
    expect(times.filter((time) => time - failedAtMs > settlingMs)).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
    first = await startFirst();
    const isBack = async () => expect((await outcomes.at(-20))?.provider).toBe('first');
    await waitFor(isBack, { intervalMs: 50 });
  } finally {
    clearInterval(timer);
  }
  const all = await Promise.all(outcomes);
  await first.close();
  // A reply whose first content has been sent cannot move on.
  const lost = all.filter(({ status, isWhole, provider }) => status !== 200 || (!isWhole && provider !== 'first'));
  expect(lost).toEqual([]);
  const broken = all.filter(({ isWhole }) => !isWhole).length;
  expect(broken).toBeLessThan(10);
  await waitFor(async () => {
    const rows = await tenant.rows(all.length);
    expect(rows.filter(({ isLast }) => isLast)).toHaveLength(all.length + 1);
  });
}, 120_000);
