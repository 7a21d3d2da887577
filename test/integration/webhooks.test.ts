import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findDeliveriesOfJobs, findDelivery } from '../../src/db/queries/webhook-deliveries.ts';
import { claimDelivery, endDeliveryAttempt, storePayload } from '../../src/db/queries/webhook-leases.ts';
import { jobs } from '../../src/db/schema/jobs.ts';
import { webhookDeliveries, webhookSecrets } from '../../src/db/schema/webhooks.ts';
import { newId } from '../../src/domain/ids.ts';
import { parseEnv } from '../../src/env.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createServices } from '../../src/services.ts';
import { deliverWebhook } from '../../src/webhooks/deliver-webhook.ts';
import { enqueueJobWebhook } from '../../src/webhooks/enqueue-job-webhook.ts';
import { postWebhook } from '../../src/webhooks/post-webhook.ts';
import { resendWebhook } from '../../src/webhooks/resend-webhook.ts';
import { rotateWebhookSecret } from '../../src/webhooks/rotate-webhook-secret.ts';
import type { WebhookDependencies } from '../../src/webhooks/webhook-dependencies.ts';
import type { WebhookMessage } from '../../src/webhooks/webhook-message.ts';
import { webhookOutbox } from '../../src/webhooks/webhook-outbox.ts';
import { auditActor } from '../support/audit-actor.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ReceivedWebhook } from '../support/webhook-receiver.ts';
import { createTenant, database, post, variables } from './gateway.ts';
import {
  expectRefused,
  expectVerified,
  insertDelivery,
  readDelivery,
  received,
  receivedOnce,
  receiverUrl,
} from './webhook-setting.ts';

let tenantId: string;
let headers: { 'x-api-key': string };
let secret: string;

beforeEach(async () => {
  const tenant = await createTenant();
  tenantId = tenant.tenantId;
  headers = { 'x-api-key': tenant.key };
  secret = (await rotateWebhookSecret(database, tenantId, 0, auditActor)).secret;
});

const createJob = async (body: object): Promise<string> => {
  const response = await post('/api/jobs', body, headers);
  expect(response.status).toBe(202);
  return (await response.json<{ id: string }>()).id;
};

describe('the end of a job', () => {
  const url = () => receiverUrl('ok');

  test('is sent once, in a signed event with all properties of the job', async () => {
    const webhookUrl = url();
    const id = await createJob({ input: 'Hello', provider: 'openai', metadata: { order: '\u0000 7' }, webhookUrl });
    const webhook = await receivedOnce(webhookUrl);
    await expectVerified(webhook, secret);
    const deliveryId = `whd_${id.slice(4)}`;
    expect(webhook.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'ai-aggregator-webhooks/1',
      'webhook-id': deliveryId,
    });
    const [row] = await database.select().from(jobs).where(eq(jobs.id, id));
    expect(JSON.parse(webhook.body)).toEqual({
      type: 'job.completed',
      timestamp: row?.finishedAt?.toISOString(),
      id: deliveryId,
      data: {
        id,
        status: 'COMPLETED',
        type: 'TEXT',
        provider: 'openai',
        model: 'gpt-4o-mini',
        result: 'Привет! Это ответ сервера OpenAI.',
        resultUrl: null,
        finishReason: 'stop',
        error: null,
        tokensIn: 19,
        tokensOut: 7,
        cost: 0.00000705,
        metadata: { order: '\u0000 7' },
        createdAt: row?.createdAt.toISOString(),
        startedAt: row?.startedAt?.toISOString(),
        finishedAt: row?.finishedAt?.toISOString(),
      },
    });
    await waitFor(async () => expect((await readDelivery(deliveryId)).status).toBe('DELIVERED'));
    expect((await findDeliveriesOfJobs(database, [id])).get(id)).toMatchObject([
      { id: deliveryId, attemptCount: 1, nextAttemptAt: null, error: null, finishedAt: expect.any(Date) },
    ]);
    expect(await received(webhookUrl)).toHaveLength(1);
  });

  test('is sent for a failure, with its reason', async () => {
    const webhookUrl = url();
    await createJob({ input: '[[scenario:status code=413]]', provider: 'openai', webhookUrl });
    const webhook = await receivedOnce(webhookUrl);
    await expectVerified(webhook, secret);
    expect(JSON.parse(webhook.body)).toMatchObject({
      type: 'job.failed',
      data: { status: 'FAILED', error: { code: 'payload_too_large' }, result: null },
    });
  });

  test('is sent for a cancellation', async () => {
    const webhookUrl = url();
    const input = '[[scenario:paced ms=100 chunks=300]] go';
    const id = await createJob({ input, provider: 'openai', webhookUrl });
    expect((await post(`/api/jobs/${id}/cancel`, '', headers)).status).toBe(200);
    const webhook = await receivedOnce(webhookUrl);
    await expectVerified(webhook, secret);
    expect(JSON.parse(webhook.body)).toMatchObject({ type: 'job.cancelled', data: { id, status: 'CANCELLED' } });
  });

  test('is sent with a path to a large result', async () => {
    const webhookUrl = url();
    const id = await createJob({ input: 'ы'.repeat(40_000), provider: 'stub', webhookUrl });
    expect(JSON.parse((await receivedOnce(webhookUrl)).body)).toMatchObject({
      data: { result: null, resultUrl: `/api/jobs/${id}`, finishReason: 'stop' },
    });
  });

  test.each(['https://10.0.0.1/in', 'http://metadata.google.internal', 'ftp://127.0.0.1', 7])(
    'is not sent to %j',
    async (webhookUrl) => {
      const response = await post('/api/jobs', { input: 'x', provider: 'stub', webhookUrl }, headers);
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { error: { code: 'invalid_request', message: expect.stringMatching(/^webhookUrl: must /) } },
      ]);
    },
  );
});

describe('one attempt after the other', () => {
  const sent: WebhookMessage[] = [];
  const enqueue = vi.fn(async (messages: readonly WebhookMessage[]) => void sent.push(...messages));
  const send = vi.fn((...call: Parameters<typeof fetch>) => fetch(...call));
  let dependencies: WebhookDependencies;

  beforeAll(() => {
    const { webhooks } = createServices(parseEnv(env));
    dependencies = { ...webhooks, enqueue, fetch: send, logger: createLogger('error') };
  });
  beforeEach(() => {
    sent.length = 0;
    send.mockClear();
  });
  afterEach(() => vi.useRealTimers());

  const deliver = (id: string) => deliverWebhook(dependencies, id);
  const makeDue = (id: string) =>
    database.update(webhookDeliveries).set({ nextAttemptAt: sql`now()` }).where(eq(webhookDeliveries.id, id));
  const sweep = async () => {
    sent.length = 0;
    await webhookOutbox.sweep(dependencies);
    return sent.map(({ deliveryId }) => deliveryId);
  };
  const deliverOk = async (): Promise<ReceivedWebhook> => {
    const url = receiverUrl('ok');
    await deliver(await insertDelivery(tenantId, url));
    return await receivedOnce(url);
  };

  test('a verifier refuses one changed byte, another id and another secret', async () => {
    const webhook = await deliverOk();
    await expectVerified(webhook, secret);
    await expectRefused({ ...webhook, body: webhook.body.replace('whd_', 'whD_') }, secret);
    await expectRefused({ ...webhook, headers: { ...webhook.headers, 'webhook-id': 'whd_other' } }, secret);
    await expectRefused(webhook, (await rotateWebhookSecret(database, tenantId, 0, auditActor)).secret);
  });

  test.each([-6, 6])(
    'a verifier refuses a clock that is %i minutes off, and accepts one of four minutes',
    async (minutes) => {
      const webhook = await deliverOk();
      const now = Date.now();
      vi.useFakeTimers({ toFake: ['Date'], now: now + Math.sign(minutes) * 4 * 60_000 });
      await expectVerified(webhook, secret);
      vi.setSystemTime(now + minutes * 60_000);
      await expectRefused(webhook, secret);
    },
  );

  test('a rotated secret signs beside the new one until its overlap ends', async () => {
    const next = await rotateWebhookSecret(database, tenantId, 3_600, auditActor);
    expect(next.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(Math.abs((next.oldSecretsEndAt?.getTime() ?? 0) - Date.now() - 3_600_000)).toBeLessThan(10_000);
    const both = await deliverOk();
    await expectVerified(both, secret);
    await expectVerified(both, next.secret);
    await database
      .update(webhookSecrets)
      .set({ expiresAt: sql`now() - interval '1 second'` })
      .where(eq(webhookSecrets.secret, secret));
    const after = await deliverOk();
    await expectRefused(after, secret);
    await expectVerified(after, next.secret);
  });

  test('a rotation never prolongs an older secret, and ends all at once without an overlap', async () => {
    const first = await rotateWebhookSecret(database, tenantId, 60, auditActor);
    const second = await rotateWebhookSecret(database, tenantId, 604_800, auditActor);
    expect(second.oldSecretsEndAt?.getTime()).toBeGreaterThan(Date.now() + 600_000_000);
    const ends = await database.select().from(webhookSecrets).where(eq(webhookSecrets.secret, secret));
    expect(ends[0]?.expiresAt?.getTime()).toBe(first.oldSecretsEndAt?.getTime());
    const third = await rotateWebhookSecret(database, tenantId, 0, auditActor);
    expect((await deliverOk()).headers['webhook-signature']).toMatch(/^v1,\S+$/);
    expect(third.oldSecretsEndAt?.getTime()).toBeLessThan(Date.now() + 10_000);
    for (const overlap of [-1, 604_801, 0.5, Number.NaN]) {
      await expect(rotateWebhookSecret(database, tenantId, overlap, auditActor)).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
  });

  test('a tenant without a secret gets exactly one with its first deliveries', async () => {
    tenantId = newId('ten');
    const webhooks = await Promise.all(Array.from({ length: 4 }, deliverOk));
    const secrets = await database.select().from(webhookSecrets).where(eq(webhookSecrets.tenantId, tenantId));
    expect(secrets).toHaveLength(1);
    for (const webhook of webhooks) await expectVerified(webhook, secrets[0]?.secret ?? '');
  });

  test('a failed delivery is sent again later with the same id and body, and each attempt is recorded', async () => {
    const url = receiverUrl('fails/2');
    const id = await insertDelivery(tenantId, url);
    for (const maxMs of [6_000, 36_000]) {
      const outcome = await deliver(id);
      expect(outcome).toEqual({ action: 'retry', delayMs: expect.any(Number) });
      if (outcome.action === 'retry') expect(outcome.delayMs).toBeGreaterThan(maxMs / 2);
      if (outcome.action === 'retry') expect(outcome.delayMs).toBeLessThanOrEqual(maxMs);
      // It is not sent before its time, even if the queue delivers it early.
      expect(await deliver(id)).toEqual({ action: 'ack' });
      await makeDue(id);
    }
    expect(await deliver(id)).toEqual({ action: 'ack' });
    const [first, ...others] = await received(url);
    expect(others.map(({ body, headers }) => [body, headers['webhook-id']])).toEqual([
      [first?.body, id],
      [first?.body, id],
    ]);
    const attempt = { startedAt: expect.any(Date), durationMs: expect.any(Number) };
    expect(await readDelivery(id)).toMatchObject({
      status: 'DELIVERED',
      attemptCount: 3,
      error: null,
      attempts: [
        { ...attempt, number: 1, statusCode: 500, error: 'status' },
        { ...attempt, number: 2, statusCode: 500, error: 'status' },
        { ...attempt, number: 3, statusCode: 200, error: null },
      ],
    });
  });

  test('the body of the first attempt is sent again, though the job has changed', async () => {
    const url = receiverUrl('fails/1');
    const id = await createJob({ input: 'x', provider: 'stub', webhookUrl: url });
    await receivedOnce(url);
    await waitFor(async () => expect((await readDelivery(`whd_${id.slice(4)}`)).attempts[0]?.error).toBe('status'));
    await database.update(jobs).set({ tokensOut: 999 }).where(eq(jobs.id, id));
    await makeDue(`whd_${id.slice(4)}`);
    await deliver(`whd_${id.slice(4)}`);
    const [first, second] = await received(url);
    expect(second?.body).toBe(first?.body);
  });

  test('the last attempt of the schedule ends the delivery', async () => {
    const id = await insertDelivery(tenantId, receiverUrl('status/503'));
    await database.update(webhookDeliveries).set({ attemptCount: 8 }).where(eq(webhookDeliveries.id, id));
    expect(await deliver(id)).toEqual({ action: 'ack' });
    expect(await readDelivery(id)).toMatchObject({ status: 'FAILED', error: 'status', attemptCount: 9 });
  });

  test('a receiver that asks for more time gets it', async () => {
    const id = await insertDelivery(tenantId, receiverUrl('wait/600'));
    expect(await deliver(id)).toEqual({ action: 'retry', delayMs: 600_000 });
  });

  test('a redirect is not followed', async () => {
    const url = receiverUrl('redirect');
    const id = await insertDelivery(tenantId, url);
    await deliver(id);
    expect((await readDelivery(id)).attempts).toMatchObject([{ statusCode: 307, error: 'redirect' }]);
    expect(await received(url)).toHaveLength(1);
    expect(await received(url.replace('/redirect/', '/ok/redirected/'))).toEqual([]);
  });

  test('410 ends all deliveries to the same URL of the same tenant', async () => {
    const url = receiverUrl('status/410');
    const other = await createTenant();
    const id = await insertDelivery(tenantId, url);
    const waiting = await insertDelivery(tenantId, url);
    const leased = await insertDelivery(tenantId, url);
    await claimDelivery(database, { id: leased, token: newId('lease'), leaseMs: 60_000 });
    const elsewhere = await insertDelivery(tenantId, receiverUrl('ok'));
    const theirs = await insertDelivery(other.tenantId, url);
    expect(await deliver(id)).toEqual({ action: 'ack' });
    expect(await readDelivery(id)).toMatchObject({ status: 'FAILED', error: 'gone', attempts: [{ statusCode: 410 }] });
    expect(await readDelivery(waiting)).toMatchObject({ status: 'FAILED', error: 'gone', attempts: [] });
    for (const untouched of [leased, elsewhere, theirs])
      expect(await readDelivery(untouched)).toMatchObject({ status: 'PENDING' });
  });

  test('a delivery whose receiver does not answer is retried', async () => {
    const slow = { url: receiverUrl('slow'), headers: {}, body: '{}', timeoutMs: 100 };
    expect(await postWebhook(fetch, slow)).toEqual({ statusCode: null, error: 'timeout' });
    const id = await insertDelivery(tenantId, 'http://127.0.0.1:1/nobody');
    expect(await deliver(id)).toMatchObject({ action: 'retry' });
    expect((await readDelivery(id)).attempts).toMatchObject([{ statusCode: null, error: 'unreachable' }]);
  });

  test('a message that is delivered five times at once is one request', async () => {
    const url = receiverUrl('ok');
    const id = await insertDelivery(tenantId, url);
    await Promise.all(Array.from({ length: 5 }, () => deliver(id)));
    expect(await received(url)).toHaveLength(1);
    expect(await readDelivery(id)).toMatchObject({ status: 'DELIVERED', attemptCount: 1 });
  });

  test('a worker that wakes after its lease was taken writes nothing', async () => {
    const id = await insertDelivery(tenantId, receiverUrl('ok'));
    const late = { id, token: newId('lease') };
    await claimDelivery(database, { ...late, leaseMs: -1 });
    const taker = { id, token: newId('lease') };
    expect(await claimDelivery(database, { ...taker, leaseMs: 60_000 })).toMatchObject({ round: 2 });
    const end = { status: 'DELIVERED', durationMs: 1, statusCode: 200, error: null, delayMs: 0 } as const;
    expect(await endDeliveryAttempt(database, late, end)).toBe(false);
    expect(await storePayload(database, late, 'late')).toBeUndefined();
    expect(await readDelivery(id)).toMatchObject({
      status: 'PENDING',
      leaseToken: taker.token,
      attempts: [
        { number: 1, error: 'interrupted', durationMs: null },
        { number: 2, error: null, durationMs: null },
      ],
    });
  });

  test('a delivery that crashes every worker fails after its last attempt', async () => {
    const url = receiverUrl('ok');
    const id = await insertDelivery(tenantId, url);
    await database.update(webhookDeliveries).set({ attemptCount: 9 }).where(eq(webhookDeliveries.id, id));
    await deliver(id);
    expect(await readDelivery(id)).toMatchObject({ status: 'FAILED', error: 'interrupted' });
    expect(await received(url)).toEqual([]);
  });

  test('the sweep enqueues deliveries that were never enqueued or are a minute late', async () => {
    const id = await insertDelivery(tenantId, receiverUrl('fails/1'));
    expect(await sweep()).toContain(id);
    expect(await sweep()).not.toContain(id);
    await deliver(id);
    await database
      .update(webhookDeliveries)
      .set({ nextAttemptAt: sql`now()`, enqueuedAt: sql`now() - interval '59 seconds'` })
      .where(eq(webhookDeliveries.id, id));
    expect(await sweep()).not.toContain(id);
    await database
      .update(webhookDeliveries)
      .set({ enqueuedAt: sql`now() - interval '61 seconds'` })
      .where(eq(webhookDeliveries.id, id));
    expect(await sweep()).toContain(id);
    await deliver(id);
    expect(await readDelivery(id)).toMatchObject({ status: 'DELIVERED' });
    expect(await sweep()).not.toContain(id);
  });

  test('the sweep enqueues a delivery whose worker died once its lease has expired', async () => {
    const id = await insertDelivery(tenantId, receiverUrl('ok'));
    await claimDelivery(database, { id, token: newId('lease'), leaseMs: 60_000 });
    expect(await sweep()).not.toContain(id);
    await database
      .update(webhookDeliveries)
      .set({ leaseExpiresAt: sql`now() - interval '1 second'` })
      .where(eq(webhookDeliveries.id, id));
    expect(await sweep()).toContain(id);
  });

  test('a queue that refuses or hangs neither delays nor loses a delivery', async () => {
    const id = await insertDelivery(tenantId, receiverUrl('ok'));
    const job = { id: `job_${id.slice(4)}`, webhookUrl: 'http://localhost' };
    enqueue.mockRejectedValueOnce(new Error('refused'));
    await enqueueJobWebhook(dependencies, job);
    enqueue.mockReturnValueOnce(new Promise(() => undefined));
    await enqueueJobWebhook(dependencies, job);
    expect(sent).toEqual([]);
    await enqueueJobWebhook(dependencies, job);
    await enqueueJobWebhook(dependencies, { ...job, webhookUrl: null });
    expect(sent).toEqual([{ version: 1, deliveryId: id }]);
    expect(await sweep()).toContain(id);
  });

  test('a finished delivery can be sent again, at once and with a new schedule', async () => {
    const url = receiverUrl('fails/2');
    const id = await insertDelivery(tenantId, url);
    await database.update(webhookDeliveries).set({ attemptCount: 8 }).where(eq(webhookDeliveries.id, id));
    await deliver(id);
    expect(await readDelivery(id)).toMatchObject({ status: 'FAILED', attemptCount: 9 });
    const resent = await resendWebhook(dependencies, tenantId, id);
    expect(resent).toMatchObject({ id, status: 'PENDING', error: null, finishedAt: null, attemptCount: 9 });
    expect(sent).toEqual([{ version: 1, deliveryId: id }]);
    expect(await deliver(id)).toEqual({ action: 'retry', delayMs: expect.any(Number) });
    // While it waits, once more only means: now.
    await resendWebhook(dependencies, tenantId, id);
    await deliver(id);
    expect(await findDelivery(database, tenantId, id)).toMatchObject({ status: 'DELIVERED', attemptCount: 11 });
    expect(new Set((await received(url)).map(({ body }) => body)).size).toBe(1);
    await resendWebhook(dependencies, tenantId, id);
    await deliver(id);
    expect(await received(url)).toHaveLength(4);
  });

  test("another tenant's delivery cannot be seen or sent again", async () => {
    const id = await insertDelivery(tenantId, receiverUrl('ok'));
    const other = await createTenant();
    for (const unknown of [id, 'whd_unknown']) {
      expect(await findDelivery(database, other.tenantId, unknown)).toBeUndefined();
      const resent = resendWebhook(dependencies, other.tenantId, unknown);
      await expect(resent).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test.each(['http://10.0.0.1/in', 'http://169.254.169.254/latest', 'http://nas.lan', 'nonsense'])(
    'a delivery to %j is not sent',
    async (url) => {
      const id = await insertDelivery(tenantId, url);
      expect(await deliver(id)).toEqual({ action: 'ack' });
      expect(await readDelivery(id)).toMatchObject({ status: 'FAILED', error: 'url_not_allowed' });
      expect(send).not.toHaveBeenCalled();
    },
  );

  test('a deployed gateway sends nothing to loopback addresses', async () => {
    const id = await insertDelivery(tenantId, receiverUrl('ok'));
    await deliverWebhook({ ...dependencies, local: false }, id);
    expect(await readDelivery(id)).toMatchObject({ status: 'FAILED', error: 'url_not_allowed' });
    expect(send).not.toHaveBeenCalled();
    expect(variables.ENVIRONMENT).toBe('local');
  });
});
