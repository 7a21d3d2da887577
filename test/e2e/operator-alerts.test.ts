import { sql } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { newWebhookSecret } from '../../src/webhooks/new-webhook-secret.ts';
import { findFreePort } from '../support/free-port.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { waitFor } from '../support/wait-for.ts';
import { type ReceivedWebhook, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const secret = newWebhookSecret();
const path = '/ok/operator';
const attempts = 25;
let receiver: WebhookReceiver;
let gateway: MiniflareGateway;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  const baseUrl = `http://127.0.0.1:${await findFreePort()}/v1`;
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: () => ({
      LOG_LEVEL: 'warn',
      COMPATIBLE_PROVIDERS: JSON.stringify([{ name: 'dead', baseUrl }]),
      ALERT_WEBHOOK_URL: `${receiver.url}${path}`,
      ALERT_WEBHOOK_SECRET: secret,
    }),
  });
});

afterAll(async () => {
  await gateway?.stop();
  await receiver?.close();
});

async function request(key: string): Promise<void> {
  const response = await fetch(`${gateway.url}/api/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ prompt: 'Hi', provider: 'dead', model: 'm' }),
  });
  expect(response.status).toBe(502);
  await response.text();
}

/** Runs cron twice at once. */
async function runCron(): Promise<void> {
  const fire = async () => (await fetch(`${gateway.url}/cdn-cgi/local/scheduled`)).text();
  expect(await Promise.all([fire(), fire()])).toEqual(['ok', 'ok']);
}

/** The events that have come, once there are so many. */
async function readEvents(count: number) {
  return await waitFor(async () => {
    const response = await fetch(`${receiver.url}/_seen?path=${path}`);
    const webhooks = (await response.json()) as ReceivedWebhook[];
    expect(webhooks).toHaveLength(count);
    return webhooks.map(({ body, headers }) => new Webhook(secret).verify(body, headers));
  });
}

test('real failures of a provider reach the operator once, and so does the end of them', async () => {
  const { key } = await gateway.createTenant();
  const database = openDatabase({
    url: gateway.services.DATABASE_URL ?? '',
    httpUrl: gateway.services.DATABASE_HTTP_URL,
    timeoutMs: 10_000,
  });
  for (let count = 0; count < attempts; count += 1) await request(key);
  await waitFor(async () => {
    const { rows } = await database.execute(sql`SELECT 1 FROM usage_ledger WHERE provider = 'dead'`);
    expect(rows).toHaveLength(attempts);
  });
  await runCron();
  await runCron();
  expect(await readEvents(1)).toMatchObject([
    { type: 'provider.degraded', data: { provider: 'dead', attempts, failed: attempts, share: 1 } },
  ]);
  // Twenty minutes later there is no failure, and no traffic.
  await database.execute(sql`UPDATE usage_ledger SET created_at = created_at - interval '20 minutes'`);
  await runCron();
  await runCron();
  expect(await readEvents(2)).toMatchObject([
    { type: 'provider.degraded' },
    { type: 'provider.recovered', data: { provider: 'dead', attempts: 0, failed: 0, share: null } },
  ]);
});
