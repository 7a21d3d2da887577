import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/client.ts';
import { alerts } from '../../src/db/schema/alerts.ts';
import { jobs } from '../../src/db/schema/jobs.ts';
import { providerKeys } from '../../src/db/schema/provider-keys.ts';
import { newId } from '../../src/domain/ids.ts';
import { cachePriceVersion } from '../../src/domain/ledger.ts';
import { createTenant, database } from './gateway.ts';
import {
  enqueuedIds,
  insertAttempts,
  minuteMs,
  newProvider,
  newStartMs,
  operatorWebhook,
  readEvents,
  readTypes,
  runCron,
} from './operator-alerts.ts';

const failure = { errorCode: 'provider_error' };
let provider: string;
let startMs: number;

beforeEach(() => {
  provider = newProvider();
  startMs = newStartMs();
});

/** Makes a provider degraded at `startMs`. */
async function degrade(): Promise<void> {
  await insertAttempts(provider, startMs, 20, failure);
  await runCron(startMs);
  expect(await readTypes(provider)).toEqual(['provider.degraded']);
}

describe('provider.degraded', () => {
  it.each([
    [19, 19, false],
    [20, 4, false],
    [20, 5, true],
    [100, 24, false],
    [100, 25, true],
  ])('opens by the share of failed attempts: of %i %i', async (attempts, failed, isDegraded) => {
    await insertAttempts(provider, startMs, attempts - failed);
    await insertAttempts(provider, startMs, failed, failure);
    await runCron(startMs);
    expect(await readTypes(provider)).toEqual(isDegraded ? ['provider.degraded'] : []);
  });

  it('says what failed, since when, and in which requests', async () => {
    await insertAttempts(provider, startMs, 40);
    const failedIds = [
      ...(await insertAttempts(provider, startMs - minuteMs, 8, failure)),
      ...(await insertAttempts(provider, startMs, 7, { errorCode: 'provider_timeout' })),
      ...(await insertAttempts(provider, startMs, 5, { errorCode: 'rate_limited', source: 'stream' })),
    ];
    await runCron(startMs);
    const [{ row, event } = expect.fail()] = await readEvents(provider);
    const now = new Date(startMs).toISOString();
    expect(event).toEqual({
      type: 'provider.degraded',
      timestamp: now,
      id: expect.stringMatching(/^whd_[0-9a-f]{32}$/),
      data: {
        provider,
        failed: 20,
        attempts: 60,
        share: 0.3333,
        since: now,
        errorCodes: ['provider_error', 'provider_timeout', 'rate_limited'],
        sampleRequestIds: expect.any(Array),
      },
    });
    const { sampleRequestIds } = event.data;
    expect(sampleRequestIds).toHaveLength(5);
    expect(failedIds).toEqual(expect.arrayContaining(sampleRequestIds));
    expect(sampleRequestIds).toEqual(sampleRequestIds.toSorted().reverse());
    expect(row).toMatchObject({ id: event.id, tenantId: null, jobId: null, url: operatorWebhook.url });
    expect(enqueuedIds).toContain(event.id);
  });

  it('counts errors of the provider only, and no attempts that say nothing of it', async () => {
    await insertAttempts(provider, startMs, 14);
    for (const errorCode of ['invalid_request', 'not_found', 'payload_too_large', 'unprocessable', 'internal']) {
      await insertAttempts(provider, startMs, 4, { errorCode });
    }
    await insertAttempts(provider, startMs, 11, failure);
    await runCron(startMs);
    expect(await readTypes(provider)).toEqual([]);
    await insertAttempts(provider, startMs, 50, { status: 'client_gone' });
    await insertAttempts(provider, startMs, 50, { priceVersion: cachePriceVersion });
    await insertAttempts(provider, startMs, 50, { source: 'adjustment' });
    // 12 of 46: 26 %. With those above it would be 6 %.
    await insertAttempts(provider, startMs, 1, failure);
    await runCron(startMs);
    expect(await readEvents(provider)).toMatchObject([{ event: { data: { failed: 12, attempts: 46 } } }]);
  });

  it('counts an attempt when it ends: time-outs of ten minutes count, and failures before the window do not', async () => {
    const timeout = { errorCode: 'provider_timeout', totalMs: 10 * minuteMs };
    await insertAttempts(provider, startMs - 5 * minuteMs, 100, failure);
    await insertAttempts(provider, startMs - minuteMs, 30);
    await runCron(startMs);
    expect(await readTypes(provider)).toEqual([]);
    await insertAttempts(provider, startMs - 4 * minuteMs, 30, timeout);
    await runCron(startMs);
    expect(await readEvents(provider)).toMatchObject([{ event: { data: { failed: 30, attempts: 60 } } }]);
  });

  it('is sent once for any number of concurrent and repeated runs', async () => {
    await insertAttempts(provider, startMs, 30, failure);
    await Promise.all(Array.from({ length: 8 }, () => runCron(startMs)));
    await runCron(startMs);
    await runCron(startMs + minuteMs);
    expect(await readTypes(provider)).toEqual(['provider.degraded']);
    await Promise.all(Array.from({ length: 8 }, () => runCron(startMs + 30 * minuteMs)));
    const events = await readEvents(provider);
    expect(events.map(({ event }) => event.type)).toEqual(['provider.degraded', 'provider.recovered']);
    for (const { row } of events) expect(enqueuedIds.filter((id) => id === row.id)).toHaveLength(1);
  });
});

describe('provider.recovered', () => {
  it('needs a smaller share than the alert did', async () => {
    await degrade();
    const laterMs = startMs + 6 * minuteMs;
    await insertAttempts(provider, laterMs, 18);
    await insertAttempts(provider, laterMs, 2, failure);
    await runCron(laterMs);
    expect(await readTypes(provider)).toEqual(['provider.degraded']);
    await insertAttempts(provider, laterMs, 1);
    await runCron(laterMs);
    const [, { event } = expect.fail()] = await readEvents(provider);
    expect(event).toMatchObject({
      type: 'provider.recovered',
      timestamp: new Date(laterMs).toISOString(),
      data: { provider, failed: 2, attempts: 21, share: 0.0952, since: new Date(startMs).toISOString() },
    });
  });

  it('waits for five attempts, or for 15 minutes without a failure', async () => {
    await degrade();
    const laterMs = startMs + 6 * minuteMs;
    await insertAttempts(provider, laterMs, 4);
    await runCron(laterMs);
    expect(await readTypes(provider)).toEqual(['provider.degraded']);
    await runCron(startMs + 14 * minuteMs);
    expect(await readTypes(provider)).toEqual(['provider.degraded']);
    await runCron(startMs + 16 * minuteMs);
    const [, { event } = expect.fail()] = await readEvents(provider);
    expect(event).toMatchObject({
      type: 'provider.recovered',
      data: { failed: 0, attempts: 0, share: null, errorCodes: [], sampleRequestIds: [] },
    });
  });

  it('is sent by the next run where cron has not run for an hour, and what passed meanwhile is not', async () => {
    await degrade();
    const quietProvider = newProvider();
    await insertAttempts(quietProvider, startMs + 30 * minuteMs, 100, failure);
    const laterMs = startMs + 60 * minuteMs;
    await insertAttempts(provider, laterMs - minuteMs, 20);
    await runCron(laterMs);
    expect(await readTypes(provider)).toEqual(['provider.degraded', 'provider.recovered']);
    expect(await readTypes(quietProvider)).toEqual([]);
  });
});

describe('a provider that fails and recovers again and again', () => {
  it('opens once in 15 minutes', async () => {
    const stepMs = 6 * minuteMs;
    for (let step = 0; step < 10; step += 1) {
      await insertAttempts(provider, startMs + step * stepMs, 30, step % 2 === 0 ? failure : {});
      await runCron(startMs + step * stepMs);
    }
    // It fails at 0, 12, 24, 36 and 48 minutes, and recovers at 6, 18, 30, 42 and 54.
    const events = (await readEvents(provider)).map(({ event }) => [
      event.type.split('.')[1],
      (Date.parse(event.timestamp) - startMs) / minuteMs,
    ]);
    expect(events).toEqual([
      ['degraded', 0],
      ['recovered', 6],
      ['degraded', 24],
      ['recovered', 30],
      ['degraded', 48],
      ['recovered', 54],
    ]);
  });
});

describe('a clock that is wrong', () => {
  it('makes no alert of old failures, or of failures in the future', async () => {
    await insertAttempts(provider, startMs, 100, failure);
    await runCron(startMs - 30 * minuteMs);
    await runCron(startMs + 30 * minuteMs);
    expect(await readTypes(provider)).toEqual([]);
  });

  it('does not suppress alerts for long once it is right', async () => {
    await insertAttempts(provider, startMs + 600 * minuteMs, 30, failure);
    await runCron(startMs + 600 * minuteMs);
    await insertAttempts(provider, startMs, 30);
    await runCron(startMs);
    expect((await readTypes(provider)).sort()).toEqual(['provider.degraded', 'provider.recovered']);
    await insertAttempts(provider, startMs + 10 * minuteMs, 30, failure);
    await runCron(startMs + 10 * minuteMs);
    expect(await database.select().from(alerts).where(eq(alerts.subject, provider))).toMatchObject([{ active: true }]);
  });
});

describe("tenants' own API keys", () => {
  async function createByokTenant(): Promise<string> {
    const { tenantId } = await createTenant();
    await database.insert(providerKeys).values({ tenantId, provider, encryptedKey: 'v1.x.y', ending: 'last' });
    return tenantId;
  }

  it('do not make a provider look degraded, however many requests two tenants with broken ones send', async () => {
    for (const errorCode of ['provider_error', 'rate_limited']) {
      await insertAttempts(provider, startMs, 500, { errorCode, tenantId: await createByokTenant() });
    }
    await insertAttempts(provider, startMs, 20, { tenantId: await createByokTenant() });
    await insertAttempts(provider, startMs, 20);
    await runCron(startMs);
    expect(await readTypes(provider)).toEqual([]);
  });

  it('count with their time-outs, which no key causes', async () => {
    await insertAttempts(provider, startMs, 30, { errorCode: 'provider_timeout', tenantId: await createByokTenant() });
    await runCron(startMs);
    expect(await readTypes(provider)).toEqual(['provider.degraded']);
  });

  it('count once three tenants fail, and a quarter of all', async () => {
    for (let failing = 0; failing < 3; failing += 1) {
      await insertAttempts(provider, startMs, 10, { ...failure, tenantId: await createByokTenant() });
    }
    for (let healthy = 0; healthy < 10; healthy += 1) {
      await insertAttempts(provider, startMs, 1, { tenantId: await createByokTenant() });
    }
    await runCron(startMs);
    expect(await readTypes(provider)).toEqual([]);
    await insertAttempts(provider, startMs, 10, { ...failure, tenantId: await createByokTenant() });
    await runCron(startMs);
    expect(await readEvents(provider)).toMatchObject([{ event: { data: { failed: 40, attempts: 50 } } }]);
  });
});

describe('jobs.failing', () => {
  const subject = () => ({ name: 'jobs.failing' as const, fromMs: startMs });

  async function insertJobs(count: number, columns: Partial<typeof jobs.$inferInsert>): Promise<void> {
    const { tenantId, keyId } = await createTenant();
    const rows = Array.from({ length: count }, () => ({
      id: newId('job'),
      tenantId,
      keyId,
      provider,
      type: 'TEXT' as const,
      model: 'm',
      status: 'FAILED' as const,
      finishedAt: new Date(startMs),
      ...columns,
    }));
    await database.insert(jobs).values(rows);
  }

  it('opens by the share of failed attempts, and says how many jobs have failed for good', async () => {
    await insertAttempts(provider, startMs, 100, failure);
    await insertAttempts(provider, startMs, 60, { source: 'job' });
    await insertAttempts(provider, startMs, 19, { ...failure, source: 'job' });
    await insertJobs(2, failure);
    await insertJobs(5, { errorCode: 'invalid_request' });
    await runCron(startMs);
    expect(await readTypes(subject())).toEqual([]);
    await insertAttempts(newProvider(), startMs, 1, { ...failure, source: 'job' });
    await runCron(startMs);
    const [{ event } = expect.fail()] = await readEvents(subject());
    expect(event).toEqual({
      type: 'jobs.failing',
      timestamp: new Date(startMs).toISOString(),
      id: expect.stringMatching(/^whd_/),
      data: {
        failed: 20,
        attempts: 80,
        share: 0.25,
        since: new Date(startMs).toISOString(),
        errorCodes: ['provider_error'],
        sampleRequestIds: expect.any(Array),
        deadLetters: 2,
      },
    });
    const laterMs = startMs + 6 * minuteMs;
    await insertAttempts(provider, laterMs, 20, { source: 'job' });
    await runCron(laterMs);
    expect(await readTypes(subject())).toEqual(['jobs.failing', 'jobs.recovered']);
  });

  it('counts jobs that failed without an attempt in the ledger', async () => {
    await insertAttempts(provider, startMs, 20, { source: 'job' });
    await insertJobs(10, { errorCode: 'internal' });
    await insertJobs(10, { errorCode: 'internal', finishedAt: new Date(startMs - 6 * minuteMs) });
    await runCron(startMs);
    expect(await readEvents(subject())).toMatchObject([
      { event: { data: { failed: 10, attempts: 30, deadLetters: 10, errorCodes: ['internal'] } } },
    ]);
  });
});

/** A database whose answers are lost on their way: each statement is executed, and its caller gets an error. */
const lossyDatabase = new Proxy(database, {
  get(target, property, receiver) {
    if (property !== 'execute') return Reflect.get(target, property, receiver);
    return async (statement: Parameters<Database['execute']>[0]) => {
      await target.execute(statement);
      throw new Error('The database does not answer');
    };
  },
});

describe('a run of cron', () => {
  it('whose answer from Postgres is late has recorded its alert, which no later run repeats', async () => {
    await insertAttempts(provider, startMs, 20, failure);
    await expect(runCron(startMs, { database: lossyDatabase })).rejects.toThrow('does not answer');
    await runCron(startMs + minuteMs);
    const [{ row } = expect.fail(), ...others] = await readEvents(provider);
    expect(others).toEqual([]);
    expect(enqueuedIds).not.toContain(row.id);
    // The sweep takes a delivery whose message is a minute late.
    expect(row).toMatchObject({ status: 'PENDING', enqueuedAt: expect.any(Date) });
    expect(row.enqueuedAt?.getTime()).toBeLessThanOrEqual(Date.now() + minuteMs);
  });

  it('runs no statement where there is no webhook for alerts', async () => {
    const silent = new Proxy(database, {
      get: () => {
        throw new Error('a statement');
      },
    });
    await insertAttempts(provider, startMs, 20, failure);
    await expect(runCron(startMs, { database: silent })).rejects.toThrow('a statement');
    await runCron(startMs, { database: silent, operatorWebhook: undefined });
    expect(await readTypes(provider)).toEqual([]);
  });

  it('whose queue refuses the message leaves it to the sweep', async () => {
    await insertAttempts(provider, startMs, 20, failure);
    await runCron(startMs, { enqueue: () => Promise.reject(new Error('Queue is overloaded')) });
    expect(await readEvents(provider)).toMatchObject([{ row: { status: 'PENDING', enqueuedAt: null } }]);
  });
});
