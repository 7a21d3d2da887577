import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { listUnmarkedFailures } from '../../src/db/queries/dead-letters.ts';
import { jobs } from '../../src/db/schema/jobs.ts';
import { parseEnv } from '../../src/env.ts';
import { sweepDeadLetters } from '../../src/jobs/dead-letters.ts';
import type { JobDependencies } from '../../src/jobs/job-dependencies.ts';
import { purge } from '../../src/jobs/purge.ts';
import { retryJob } from '../../src/jobs/retry-job.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { consumeDeadLetters } from '../../src/queue/dead-letters-consumer.ts';
import { createServices } from '../../src/services.ts';
import { principalWith } from '../support/principal.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, post } from './gateway.ts';

let tenant: Awaited<ReturnType<typeof createTenant>>;
let dependencies: JobDependencies;

beforeAll(async () => {
  tenant = await createTenant();
  dependencies = createServices(parseEnv(env)).jobs;
});

/** A job that its provider refuses, once the queue of dead letters has shown it. */
async function fail(): Promise<string> {
  const body = { input: '[[scenario:status code=413]] no', provider: 'openai', metadata: { a: 1 } };
  const response = await post('/api/jobs', body, { 'x-api-key': tenant.key });
  const { id } = await response.json<{ id: string }>();
  await waitFor(async () => expect((await rowOf(id))?.deadLetteredAt).toBeInstanceOf(Date));
  return id;
}

const rowOf = async (id: string) => (await database.select().from(jobs).where(eq(jobs.id, id)))[0];

test('the dead-letter queue shows a job that has failed for good, with its reason', async () => {
  expect(await rowOf(await fail())).toMatchObject({ status: 'FAILED', errorCode: 'payload_too_large' });
});

test('the sweep sends a job again that the dead-letter queue has not shown', async () => {
  const id = await fail();
  const sent: string[] = [];
  const enqueueDeadLetter: JobDependencies['enqueueDeadLetter'] = async (messages) => {
    sent.push(...messages.map(({ jobId }) => jobId));
    throw new Error('refused');
  };
  const unseen = { deadLetteredAt: null, finishedAt: sql`now() - interval '29 seconds'` };
  await database.update(jobs).set(unseen).where(eq(jobs.id, id));
  expect(await listUnmarkedFailures(database, 100)).not.toContain(id);
  await database
    .update(jobs)
    .set({ ...unseen, finishedAt: sql`now() - interval '31 seconds'` })
    .where(eq(jobs.id, id));
  await sweepDeadLetters({ database, enqueueDeadLetter, logger: createLogger('error', () => undefined) });
  expect(sent).toContain(id);
  await sweepDeadLetters(dependencies);
  await waitFor(async () => expect((await rowOf(id))?.deadLetteredAt).toBeInstanceOf(Date));
});

test('a dead letter is retried where the database does not answer', async () => {
  const batch = { messages: [{ id: '1', body: { version: 1, jobId: 'job_1' } }], ackAll: vi.fn(), retryAll: vi.fn() };
  const show = vi.fn().mockRejectedValueOnce(new Error('no database')).mockResolvedValue(undefined);
  const options = { show, logger: createLogger('error', () => undefined) };
  await consumeDeadLetters(batch as unknown as MessageBatch, options);
  expect([batch.ackAll.mock.calls.length, batch.retryAll.mock.calls.length]).toEqual([0, 1]);
  await consumeDeadLetters(batch as unknown as MessageBatch, options);
  expect(batch.ackAll).toHaveBeenCalledOnce();
});

describe('the retry of a failed job', () => {
  const principal = () => principalWith({ tenantId: tenant.tenantId, keyId: tenant.keyId });

  test('is one new job, and the failed one does not change', async () => {
    const id = await fail();
    const before = await rowOf(id);
    const retries = await Promise.all(Array.from({ length: 10 }, () => retryJob(dependencies, principal(), id)));
    expect(new Set(retries.map((retry) => retry.id)).size).toBe(1);
    expect(retries[0]).toMatchObject({ retryOf: id, metadata: { a: 1 }, provider: 'openai' });
    await waitFor(async () => expect((await rowOf(retries[0]?.id ?? ''))?.status).toBe('FAILED'));
    expect(await rowOf(id)).toEqual(before);
    const [first] = retries;
    expect((await retryJob(dependencies, principal(), first?.id ?? '')).retryOf).toBe(first?.id);
  });

  test('is refused for a job that has not failed, for a purged one, and for another tenant', async () => {
    const done = await post(
      '/api/jobs',
      { input: 'x', provider: 'stub' },
      { 'x-api-key': tenant.key, prefer: 'wait=60' },
    );
    const { id } = await done.json<{ id: string }>();
    await expect(retryJob(dependencies, principal(), id)).rejects.toMatchObject({ code: 'conflict' });
    const failed = await fail();
    const stranger = await createTenant();
    await expect(retryJob(dependencies, principalWith(stranger), failed)).rejects.toMatchObject({ code: 'not_found' });
    await database.update(jobs).set({ finishedAt: sql`now() - interval '31 days'` }).where(eq(jobs.id, failed));
    await purge(dependencies, 30);
    await expect(retryJob(dependencies, principal(), failed)).rejects.toMatchObject({ code: 'conflict' });
  });
});
