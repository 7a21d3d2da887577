import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { parseEnv } from '../../src/env.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createServices } from '../../src/services.ts';
import { deliverWebhooks } from '../../src/webhooks/deliver-webhooks.ts';
import { ReceiverLoad } from '../../src/webhooks/receiver-load.ts';
import type { WebhookDependencies } from '../../src/webhooks/webhook-dependencies.ts';
import { createTenant } from './gateway.ts';
import { insertDelivery, readDelivery, received, receiverUrl } from './webhook-setting.ts';

let dependencies: WebhookDependencies;
let load: ReceiverLoad;
let background: Promise<unknown>[];
let enqueued: { id: string | undefined; delaySeconds: number | undefined }[];
let tenantId: string;

beforeAll(() => {
  const { background: services } = createServices(parseEnv(env));
  dependencies = {
    ...services.webhooks,
    logger: createLogger('error'),
    enqueue: async ([message], options) =>
      void enqueued.push({ id: message?.deliveryId, delaySeconds: options?.delaySeconds }),
    // A receiver that hangs does so for as long as the test wants.
    fetch: async (input, init) => {
      if (!String(input).includes('/slow/')) return await fetch(input, init);
      return await Promise.race([fetch(input, init), hanging.promise]);
    },
  };
});

let hanging: PromiseWithResolvers<never>;

beforeEach(async () => {
  load = new ReceiverLoad(Date.now);
  hanging = Promise.withResolvers<never>();
  hanging.promise.catch(() => undefined);
  background = [];
  enqueued = [];
  ({ tenantId } = await createTenant());
});

const deliver = (ids: readonly string[]) =>
  deliverWebhooks(dependencies, ids, { load, waitUntil: (work) => void background.push(work) });

const insertMany = (count: number, kind: string, owner = tenantId) =>
  Promise.all(Array.from({ length: count }, () => insertDelivery(owner, receiverUrl(kind))));

/** The receivers that hang break off. */
async function endHanging(): Promise<void> {
  hanging.reject(new Error('broken off'));
  await Promise.all(background);
}

test('a batch delivers what it can while receivers of another tenant hang, and delays the rest', async () => {
  const { tenantId: other } = await createTenant();
  const slow = await insertMany(12, 'slow');
  const ok = await insertMany(8, 'ok', other);
  const outcomes = await deliver([...slow, ...ok]);
  for (const id of ok) {
    expect(outcomes.get(id)).toEqual({ action: 'ack' });
    expect(await readDelivery(id)).toMatchObject({ status: 'DELIVERED', attemptCount: 1 });
  }
  const rows = await Promise.all(slow.map(readDelivery));
  const started = rows.filter(({ attemptCount }) => attemptCount === 1);
  expect(started.length).toBeGreaterThan(0);
  expect(started.length).toBeLessThanOrEqual(5);
  for (const { id } of started) expect(outcomes.get(id)).toEqual({ action: 'ack' });
  const rest = rows.filter(({ attemptCount }) => attemptCount === 0);
  for (const { id, status } of rest) {
    expect(status).toBe('PENDING');
    expect(outcomes.get(id)).toEqual({ action: 'retry', delayMs: expect.any(Number) });
  }
  await endHanging();
  expect(enqueued.map(({ id }) => id).toSorted()).toEqual(started.map(({ id }) => id).toSorted());
  for (const { delaySeconds } of enqueued) expect(delaySeconds).toBeGreaterThanOrEqual(4);
  for (const { id } of started) expect((await readDelivery(id)).attempts).toMatchObject([{ error: 'unreachable' }]);
});

test('a delayed delivery is due later, and no attempt of its schedule is used up', async () => {
  const ids = await insertMany(12, 'slow');
  const outcomes = await deliver(ids);
  const rows = await Promise.all(ids.map(readDelivery));
  const delayed = rows.filter(({ id }) => outcomes.get(id)?.action === 'retry' && outcomes.get(id));
  expect(delayed.length).toBeGreaterThan(0);
  for (const { id, attemptCount, nextAttemptAt, enqueuedAt } of delayed) {
    const outcome = outcomes.get(id);
    if (outcome?.action !== 'retry' || outcome.delayMs === 0) continue;
    expect(attemptCount).toBe(0);
    expect(nextAttemptAt.getTime()).toBeGreaterThan(Date.now());
    expect(enqueuedAt).toEqual(nextAttemptAt);
  }
  await endHanging();
});

test('a batch does not wait for receivers of a tenant that has slow ones', async () => {
  const [first = ''] = await insertMany(1, 'slow');
  await deliver([first]);
  const [second = ''] = await insertMany(1, 'slow');
  expect((await deliver([second])).get(second)).toEqual({ action: 'ack' });
  expect(load.countAttempts({ tenantId, host: new URL(receiverUrl('slow')).host })).toEqual({ tenant: 2, host: 2 });
  await endHanging();
});

test('a receiver that has just timed out has three seconds', async () => {
  const url = receiverUrl('slow');
  load.start({ tenantId, host: new URL(url).host }).end('timeout');
  const id = await insertDelivery(tenantId, url);
  await deliver([id]);
  await Promise.all(background);
  const [attempt] = (await readDelivery(id)).attempts;
  expect(attempt).toMatchObject({ error: 'timeout' });
  expect(attempt?.durationMs).toBeLessThan(10_000);
});

test('a delivery that is not due, or does not exist, is left alone', async () => {
  const url = receiverUrl('ok');
  const id = await insertDelivery(tenantId, url);
  await deliver([id]);
  expect(await deliver([id, 'whd_unknown'])).toEqual(
    new Map([
      [id, { action: 'ack' }],
      ['whd_unknown', { action: 'ack' }],
    ]),
  );
  expect(await received(url)).toHaveLength(1);
});
