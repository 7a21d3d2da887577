import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { alerts } from '../../src/db/schema/alerts.ts';
import { webhookDeliveries } from '../../src/db/schema/webhooks.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { deliverWebhook } from '../../src/webhooks/deliver-webhook.ts';
import { newWebhookSecret } from '../../src/webhooks/new-webhook-secret.ts';
import type { OperatorWebhook, WebhookDependencies } from '../../src/webhooks/webhook-dependencies.ts';
import { createTenant, database } from './gateway.ts';
import { queryData, queryError } from './graphql.ts';
import { expectRefused, expectVerified, readDelivery, received, receiverUrl } from './webhook-setting.ts';

const operatorWebhook = { url: receiverUrl('ok'), secret: newWebhookSecret() };

/** Inserts the delivery of an alert, as a run of cron does. Returns its id. */
async function insertDelivery(): Promise<string> {
  const id = `whd_${crypto.randomUUID().replaceAll('-', '')}`;
  const payload = JSON.stringify({ type: 'provider.degraded', id, data: { provider: 'openai' } });
  const row = { id, event: 'provider.degraded' as const, url: operatorWebhook.url, payload };
  // No other test's sweep takes it.
  await database.insert(webhookDeliveries).values({ ...row, enqueuedAt: new Date() });
  return id;
}

const deliver = (id: string, webhook: OperatorWebhook | undefined, timeoutMs = 10_000) => {
  const dependencies: WebhookDependencies = {
    database,
    enqueue: async () => undefined,
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    local: true,
    operatorWebhook: webhook,
    logger: createLogger('error'),
  };
  return deliverWebhook(dependencies, id, { timeoutMs });
};

const webhookAt = (kind: string): OperatorWebhook => ({ ...operatorWebhook, url: receiverUrl(kind) });
const makeDue = (id: string) =>
  database.update(webhookDeliveries).set({ nextAttemptAt: sql`now()` }).where(eq(webhookDeliveries.id, id));

describe('the delivery of an alert', () => {
  it('is signed by the secret of the operator, and is sent once', async () => {
    const id = await insertDelivery();
    const webhook = webhookAt('ok');
    expect(await deliver(id, webhook)).toEqual({ action: 'ack' });
    expect(await deliver(id, webhook)).toEqual({ action: 'ack' });
    const [arrival = expect.fail(), ...others] = await received(webhook.url);
    expect(others).toEqual([]);
    await expectVerified(arrival, operatorWebhook.secret);
    await expectRefused({ ...arrival, body: arrival.body.replace('degraded', 'recovered') }, operatorWebhook.secret);
    expect(arrival.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'ai-aggregator-webhooks/1',
      'webhook-id': id,
    });
    expect(JSON.parse(arrival.body)).toMatchObject({ type: 'provider.degraded', id, data: { provider: 'openai' } });
    expect(await readDelivery(id)).toMatchObject({ status: 'DELIVERED', attemptCount: 1, tenantId: null });
  });

  it('is retried with the same id and body while its receiver is down, hangs or fails', async () => {
    const id = await insertDelivery();
    const failing = webhookAt('fails/1');
    const attempts = [
      { webhook: { ...operatorWebhook, url: 'http://127.0.0.1:9/' }, error: 'unreachable', delayMs: 5_000 },
      { webhook: webhookAt('slow'), error: 'timeout', delayMs: 30_000 },
      { webhook: failing, error: 'status', delayMs: 300_000 },
    ];
    for (const [index, { webhook, error, delayMs }] of attempts.entries()) {
      const outcome = await deliver(id, webhook, 300);
      if (outcome.action !== 'retry') throw new Error('the delivery has ended');
      expect(Math.abs(outcome.delayMs - delayMs)).toBeLessThanOrEqual(delayMs / 5);
      const delivery = await readDelivery(id);
      expect(delivery).toMatchObject({ status: 'PENDING', attemptCount: index + 1 });
      expect(delivery.attempts.at(-1)).toMatchObject({ error });
      await makeDue(id);
    }
    expect(await deliver(id, failing)).toEqual({ action: 'ack' });
    expect(await readDelivery(id)).toMatchObject({ status: 'DELIVERED', attemptCount: 4 });
    const [first = expect.fail(), second = expect.fail()] = await received(failing.url);
    expect([second.body, second.headers['webhook-id']]).toEqual([first.body, id]);
    await expectVerified(second, operatorWebhook.secret);
  });

  it('goes to the webhook as it is now, and ends where there is none any more', async () => {
    const id = await insertDelivery();
    const corrected = webhookAt('ok');
    await deliver(id, corrected);
    expect(await received(corrected.url)).toHaveLength(1);
    expect(await received(operatorWebhook.url)).toHaveLength(0);
    const other = await insertDelivery();
    expect(await deliver(other, undefined)).toEqual({ action: 'ack' });
    expect(await readDelivery(other)).toMatchObject({ status: 'FAILED', error: 'url_not_allowed' });
  });
});

describe('alerts in GraphQL', () => {
  const document =
    '{ alerts { name subject active since attempts failed errorCodes sampleRequestIds delivery { id status error attemptCount } } }';

  it('have the state, the counts and the webhook of the last event', async () => {
    const { key } = await createTenant({ scopes: ['admin'] });
    const id = await insertDelivery();
    const subject = `provider-${id}`;
    const since = new Date('2031-01-01T12:00:00.000Z');
    const counts = { attempts: 20, failed: 5, errorCodes: ['provider_error'], sampleRequestIds: ['req_2', 'req_1'] };
    // Not active: it belongs to no run of cron.
    const state = { name: 'provider.degraded' as const, subject, active: false, since };
    await database.insert(alerts).values({ ...state, ...counts, openedAt: since, deliveryId: id });
    const data = await queryData<{ alerts: { subject: string }[] }>(key, document);
    expect(data.alerts.find((alert) => alert.subject === subject)).toEqual({
      ...state,
      ...counts,
      since: since.toISOString(),
      delivery: { id, status: 'PENDING', error: null, attemptCount: 0 },
    });
  });

  it('are hidden from keys without the scope admin, and so are their deliveries', async () => {
    const { key } = await createTenant({ scopes: ['chat', 'jobs', 'read'] });
    const id = await insertDelivery();
    expect((await queryError(key, document))[0]).toBe('forbidden');
    expect(await queryData(key, `{ node(id: "${id}") { id } }`)).toEqual({ node: null });
    expect((await queryError(key, `mutation { resendWebhook(id: "${id}") { id } }`))[0]).toBe('not_found');
  });
});
