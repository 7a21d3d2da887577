import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { appendChunk, claimJob, endAttempt, renewLease } from '../../src/db/queries/job-leases.ts';
import { noUsageRows } from '../../src/db/queries/usage-ledger.ts';
import { jobEvents } from '../../src/db/schema/job-events.ts';
import { jobs } from '../../src/db/schema/jobs.ts';
import { newId } from '../../src/domain/ids.ts';
import { parseEnv } from '../../src/env.ts';
import type { JobDependencies } from '../../src/jobs/job-dependencies.ts';
import type { JobMessage } from '../../src/jobs/job-message.ts';
import { jobOutbox } from '../../src/jobs/job-outbox.ts';
import { runJob } from '../../src/jobs/run-job.ts';
import { submitJobs } from '../../src/jobs/submit-jobs.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createServices } from '../../src/services.ts';
import { principalWith } from '../support/principal.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, ledgerRows, post, send } from './gateway.ts';
import { queryData } from './graphql.ts';

type Json = Record<string, unknown> & { id: string; status: string };

let tenant: Awaited<ReturnType<typeof createTenant>>;
let headers: { 'x-api-key': string };

beforeAll(async () => {
  tenant = await createTenant();
  headers = { 'x-api-key': tenant.key };
});

async function create(body: object, sent = headers): Promise<Json> {
  const response = await post('/api/jobs', body, sent);
  expect(response.status).toBe(202);
  return await response.json<Json>();
}

async function read(id: string, sent = headers): Promise<Json> {
  return await (await send(`/api/jobs/${id}`, { headers: sent })).json<Json>();
}

async function waitForStatus(id: string, status: string): Promise<Json> {
  return await waitFor(async () => {
    const job = await read(id);
    expect(job.status).toBe(status);
    return job;
  });
}

test('metadata comes back digit by digit', async () => {
  const metadata = '{"__proto__":{"x":1},"big":12345678901234567890,"e":1e400,"f":1.0}';
  const body = `{"type":"TEXT","input":"a","provider":"stub","metadata":${metadata}}`;
  const response = await post('/api/jobs', body, headers);
  const text = await response.text();
  expect(text).toContain(`"metadata":${metadata}`);
  const { id }: Json = JSON.parse(text);
  expect(await (await send(`/api/jobs/${id}`, { headers })).text()).toContain(`"metadata":${metadata}`);
  expect(await (await send('/api/jobs', { headers })).text()).toContain(`"metadata":${metadata}`);
});

test('a job is created at once and runs in the background, with its tokens and cost', async () => {
  const response = await post(
    '/api/jobs',
    { type: 'TEXT', input: 'Hello', provider: 'openai', metadata: { a: [1] } },
    headers,
  );
  const created = await response.json<Json>();
  expect([response.status, response.headers.get('location')]).toEqual([202, `/api/jobs/${created.id}`]);
  expect(created).toMatchObject({
    id: expect.stringMatching(/^job_/),
    status: 'PENDING',
    type: 'TEXT',
    result: null,
    cost: null,
  });
  const done = await waitForStatus(created.id, 'COMPLETED');
  expect(done).toMatchObject({
    result: 'Привет! Это ответ сервера OpenAI.',
    finishReason: 'stop',
    provider: 'openai',
    model: 'gpt-4o-mini',
    tokensIn: 19,
    tokensOut: 7,
    cost: 0.00000705,
    attemptCount: 1,
    metadata: { a: [1] },
    error: null,
    urls: { self: `/api/jobs/${created.id}`, cancel: `/api/jobs/${created.id}/cancel` },
  });
});

test('a conversation can be a job', async () => {
  const messages = [{ role: 'user', content: 'Hello' }];
  const { id } = await create({ messages, provider: 'stub' });
  expect(await waitForStatus(id, 'COMPLETED')).toMatchObject({ type: 'CHAT', result: 'Stub reply to: Hello' });
});

test('a job that the provider refuses fails at once, with the reason', async () => {
  const { id } = await create({ input: '[[scenario:status code=413]]', provider: 'openai' });
  expect(await waitForStatus(id, 'FAILED')).toMatchObject({
    error: { code: 'payload_too_large' },
    attemptCount: 1,
    result: null,
  });
});

test.each([
  [{}, /^input: is missing/],
  [{ type: 'CHAT', input: 'x' }, /messages: is missing/],
  [{ type: 'TEXT', messages: [{ role: 'user', content: 'x' }] }, /input: is missing/],
  [{ input: 'x', provider: 'nobody' }, /unknown/],
  [{ imput: 'x' }, /imput: .*"input"/],
])('%j is refused', async (body, message) => {
  const response = await post('/api/jobs', body, headers);
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { message: expect.stringMatching(message) } },
  ]);
});

test('metadata is measured in bytes', async () => {
  const metadata = { text: 'я'.repeat(8_186) };
  expect(await create({ input: 'x', provider: 'stub', metadata })).toMatchObject({ metadata });
  const response = await post('/api/jobs', { input: 'x', metadata: { text: 'я'.repeat(8_187) } }, headers);
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { message: 'metadata: must be at most 16 KiB of JSON.' } },
  ]);
});

test.each([
  ['GET', '/api/jobs/%00'],
  ['GET', '/api/jobs/job_a%00/events'],
  ['POST', '/api/jobs/%00/cancel'],
])('%s %s answers that the job does not exist', async (method, path) => {
  expect((await send(path, { method, headers })).status).toBe(404);
});

test.each(['provider', 'model'])('a %s with U+0000 is refused in a list', async (field) => {
  const response = await send(`/api/jobs?${field}=a%00`, { headers });
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { message: expect.stringMatching(`^${field}: must be`) } },
  ]);
});

describe('a cancellation', () => {
  test('is immediate while a job runs, ends the provider call, and bills what was produced', async () => {
    const own = await createTenant();
    const mine = { 'x-api-key': own.key };
    const { id } = await create({ input: '[[scenario:paced ms=100 chunks=300]] go', provider: 'openai' }, mine);
    await waitFor(async () => expect((await read(id, mine)).status).toBe('RUNNING'));
    const cancelled = await post(`/api/jobs/${id}/cancel`, '', mine);
    expect([cancelled.status, await cancelled.json()]).toMatchObject([200, { status: 'CANCELLED' }]);
    const [row] = await ledgerRows(own.tenantId, 1);
    expect(row).toMatchObject({ source: 'job', status: 'client_gone', tokenSource: 'estimated' });
    const final = await read(id, mine);
    expect(final).toMatchObject({ status: 'CANCELLED', result: null, tokensOut: row?.outputTokens, error: null });
    expect((await post(`/api/jobs/${id}/cancel`, '', mine)).status).toBe(200);
    const attempts = await queryData(own.key, 'query ($id: ID!) { job(id: $id) { attempts { error { code } } } }', {
      id,
    });
    expect(attempts).toEqual({ job: { attempts: [{ error: null }] } });
  });

  test('is refused for a job that has ended', async () => {
    const { id } = await create({ input: 'x', provider: 'stub' });
    await waitForStatus(id, 'COMPLETED');
    const response = await post(`/api/jobs/${id}/cancel`, '', headers);
    expect([response.status, await response.json()]).toMatchObject([409, { error: { code: 'conflict' } }]);
    expect((await read(id)).status).toBe('COMPLETED');
  });
});

test("another tenant's job does not exist", async () => {
  const { id } = await create({ input: 'x', provider: 'stub' });
  const other = { 'x-api-key': (await createTenant()).key };
  for (const [method, path] of [
    ['GET', `/api/jobs/${id}`],
    ['POST', `/api/jobs/${id}/cancel`],
  ] as const) {
    const theirs = await send(path, { method, headers: other });
    const absent = await send(path.replace(id, 'job_unknown'), { method, headers: other });
    expect([theirs.status, absent.status]).toEqual([404, 404]);
  }
  expect(await (await send('/api/jobs', { headers: other })).json()).toMatchObject({ jobs: [] });
});

test('an unknown query parameter is refused with the nearest one', async () => {
  const response = await send('/api/jobs?firs=1', { headers });
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { message: 'firs: is not a known field: did you mean "first"?' } },
  ]);
});

test('jobs are listed the newest first, page by page', async () => {
  const mine = { 'x-api-key': (await createTenant()).key };
  const createdIds: string[] = [];
  for (let index = 0; index < 5; index += 1)
    createdIds.unshift((await create({ input: 'x', provider: 'stub' }, mine)).id);
  const listedIds: string[] = [];
  let after = '';
  for (let page = 0; page < 3; page += 1) {
    const response = await send(`/api/jobs?first=2${after}`, { headers: mine });
    const { jobs: listed, pageInfo } = await response.json<{ jobs: Json[]; pageInfo: Record<string, unknown> }>();
    listedIds.push(...listed.map(({ id }) => id));
    expect(pageInfo.hasNextPage).toBe(page < 2);
    after = `&after=${pageInfo.endCursor}`;
  }
  expect(listedIds).toEqual(createdIds);
  for (const query of ['first=0', 'first=101', 'after=x', 'status=DONE', 'unknown=1']) {
    expect([query, (await send(`/api/jobs?${query}`, { headers: mine })).status]).toEqual([query, 400]);
  }
});

describe('under failures', () => {
  const sent: JobMessage[] = [];
  const enqueue = vi.fn(async (messages: readonly JobMessage[]) => void sent.push(...messages));
  const deadLetters: string[] = [];
  let dependencies: JobDependencies;

  beforeAll(() => {
    const services = createServices(parseEnv(env));
    dependencies = {
      ...services.jobs,
      enqueue,
      enqueueDeadLetter: async (messages) => void deadLetters.push(...messages.map(({ jobId }) => jobId)),
      logger: createLogger('error'),
    };
  });

  const principal = () => principalWith({ tenantId: tenant.tenantId, keyId: tenant.keyId });
  const submit = async (text = 'Hello', provider = 'stub', model?: string) => {
    const request = { messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text }] }] };
    const [submitted] = await submitJobs(dependencies, principal(), [{ type: 'TEXT', provider, model, request }]);
    if (!submitted) throw new Error('no job');
    return submitted.job;
  };
  const submitFor = async (other: Awaited<ReturnType<typeof createTenant>>, text = 'Hello', provider = 'stub') => {
    const request = { messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text }] }] };
    const [submitted] = await submitJobs(dependencies, principalWith(other), [{ type: 'TEXT', provider, request }]);
    return submitted?.job.id ?? '';
  };
  const rowOf = async (id: string) => (await database.select().from(jobs).where(eq(jobs.id, id)))[0];
  const bookedFor = async (id: string) => {
    const { rows } = await database.execute(sql`SELECT count(*)::integer AS booked FROM usage_ledger
      WHERE request_id IN (SELECT request_id FROM job_attempts WHERE job_id = ${id})`);
    return rows[0]?.booked;
  };
  const sweep = async () => {
    sent.length = 0;
    await jobOutbox.sweep(dependencies);
    return sent.map(({ jobId }) => jobId);
  };

  test('a message that is delivered five times at once is one run and one row in the ledger', async () => {
    const { id } = await submit();
    await Promise.all(Array.from({ length: 5 }, () => runJob(dependencies, id)));
    expect(await rowOf(id)).toMatchObject({ status: 'COMPLETED', attemptCount: 1 });
    expect(await bookedFor(id)).toBe(1);
  });

  test('a job is created though the queue refuses or hangs, and the sweep enqueues it', async () => {
    enqueue.mockRejectedValueOnce(new Error('refused'));
    const refused = await submit();
    enqueue.mockReturnValueOnce(new Promise(() => undefined));
    const hung = await submit();
    expect(await sweep()).toEqual(expect.arrayContaining([refused.id, hung.id]));
    const again = await sweep();
    expect(again).not.toContain(refused.id);
  });

  test('the sweep enqueues a job whose message was lost after a minute', async () => {
    const { id } = await submit();
    expect(await sweep()).not.toContain(id);
    await database.update(jobs).set({ enqueuedAt: sql`now() - interval '61 seconds'` }).where(eq(jobs.id, id));
    expect(await sweep()).toContain(id);
  });

  test('a job whose worker died is claimed again once its lease has expired, and no earlier', async () => {
    const { id } = await submit();
    const token = newId('lease');
    expect(await claimJob(database, { id, token, leaseMs: 60_000, requestId: newId('req') })).toMatchObject({
      attemptCount: 1,
    });
    await runJob(dependencies, id);
    expect(await rowOf(id)).toMatchObject({ status: 'RUNNING', attemptCount: 1 });
    await database
      .update(jobs)
      .set({ leaseExpiresAt: sql`now() - interval '1 second'`, enqueuedAt: sql`now() - interval '16 seconds'` })
      .where(eq(jobs.id, id));
    expect(await sweep()).toContain(id);
    await runJob(dependencies, id);
    expect(await rowOf(id)).toMatchObject({ status: 'COMPLETED', attemptCount: 2 });
    expect(await bookedFor(id)).toBe(1);
  });

  test('a worker that wakes after its lease was taken writes nothing', async () => {
    const { id } = await submit();
    const late = { id, token: newId('lease') };
    await claimJob(database, { ...late, leaseMs: -1, requestId: newId('req') });
    const taker = { id, token: newId('lease') };
    await claimJob(database, { ...taker, leaseMs: 60_000, requestId: newId('req') });
    expect(await renewLease(database, { ...late, leaseMs: 60_000 })).toBe(false);
    const end = { status: 'COMPLETED', result: 'late', finishReason: 'stop' } as const;
    expect(await endAttempt(database, late, end, noUsageRows, { content: 'late' })).toBeUndefined();
    expect(await appendChunk(database, late, { number: 2, content: 'late' })).toBe(false);
    expect(await rowOf(id)).toMatchObject({ status: 'RUNNING', result: null, leaseToken: taker.token });
  });

  test('a worker whose claim was answered late gives up before its lease can be taken', async () => {
    const other = await createTenant();
    const id = await submitFor(other, '[[scenario:paced ms=100 chunks=150]] go', 'openai');
    // Only the claim gets through, and its answer comes eleven seconds later by the clock.
    const { now } = Date;
    let claimed = false;
    const late = new Proxy(dependencies.database, {
      get: (target, name) => {
        if (name !== 'execute') return Reflect.get(target, name);
        return async (...args: Parameters<typeof target.execute>) => {
          if (claimed) throw new Error('The database is gone.');
          claimed = true;
          const answer = await target.execute(...args);
          vi.spyOn(Date, 'now').mockImplementation(() => now() + 11_000);
          return answer;
        };
      },
    });
    try {
      await expect(runJob({ ...dependencies, database: late }, id)).rejects.toThrow('The database is gone.');
    } finally {
      vi.mocked(Date.now).mockRestore();
    }
    const [row] = await ledgerRows(other.tenantId, 1);
    expect(row?.status).toBe('client_gone');
    expect(row?.totalMs).toBeLessThan(4_000);
  });

  test('a request ends within its invocation, even if other requests may take longer', async () => {
    // A request with limits looks at the clock every five seconds.
    const other = await createTenant({ concurrency: 5 });
    const id = await submitFor(other, '[[scenario:paced ms=100 chunks=300]] go', 'openai');
    const { gateway } = dependencies;
    // Five seconds into the call the ten minutes are over, by the clock. It has begun by then also on a slow machine.
    let startedAtMs: number | undefined;
    const now = () => {
      startedAtMs ??= Date.now();
      return Date.now() + (Date.now() - startedAtMs < 5_000 ? 0 : 600_000);
    };
    const timeouts = { firstByteMs: 3_000, chunkMs: 3_000, totalMs: 86_400_000 };
    await runJob({ ...dependencies, gateway: gateway.with({ now, timeouts }) }, id);
    const { rows } = await database.execute(
      sql`SELECT error_code, error_message FROM job_attempts WHERE job_id = ${id}`,
    );
    expect(rows).toEqual([
      { error_code: 'provider_timeout', error_message: 'OpenAI did not finish within 600000 ms.' },
    ]);
  });

  test('a temporary failure is retried with growing delay, and the last one ends the job', async () => {
    const { id } = await submit('Hello', 'stub', 'stub-error');
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const outcome = await runJob(dependencies, id);
      const row = await rowOf(id);
      if (attempt === 5) expect([outcome.action, row?.status]).toEqual(['ack', 'FAILED']);
      else {
        expect(outcome).toMatchObject({ action: 'retry' });
        if (outcome.action === 'retry') expect(outcome.delayMs).toBeGreaterThanOrEqual(500 * 2 ** (attempt - 1));
        expect(row).toMatchObject({ status: 'PENDING', attemptCount: attempt, errorCode: null });
        // It does not run before its time, even if the queue delivers it early.
        await database.update(jobs).set({ nextAttemptAt: sql`now() + interval '1 hour'` }).where(eq(jobs.id, id));
        await runJob(dependencies, id);
        expect((await rowOf(id))?.attemptCount).toBe(attempt);
        await database.update(jobs).set({ nextAttemptAt: sql`now()` }).where(eq(jobs.id, id));
      }
    }
    expect(await rowOf(id)).toMatchObject({ errorCode: 'provider_error', attemptCount: 5 });
    expect(await bookedFor(id)).toBe(5);
    expect(deadLetters).toContain(id);
  });

  test('a job that crashes every worker fails after its last attempt', async () => {
    const { id } = await submit();
    await database.update(jobs).set({ attemptCount: 5 }).where(eq(jobs.id, id));
    await runJob(dependencies, id);
    expect(await rowOf(id)).toMatchObject({ status: 'FAILED', errorCode: 'internal' });
  });

  test('a job completes though Postgres cannot store its text unchanged', async () => {
    const { id } = await create({ input: 'a\u0000b\ud800c', provider: 'stub', metadata: { odd: '\u0000\udc00' } });
    const job = await waitForStatus(id, 'COMPLETED');
    expect(job).toMatchObject({ result: 'Stub reply to: a\ufffdb\ufffdc', metadata: { odd: '\u0000\udc00' } });
  });

  test('a result of 5 MB is returned completely', async () => {
    // Pieces of a kilobyte: a stub tells words of sixteen characters apart.
    const input = 'x'.padEnd(1_000).repeat(5_000);
    const { id } = await submit(input);
    await runJob(dependencies, id);
    const row = await rowOf(id);
    expect(row?.result?.length).toBe(`Stub reply to: ${input}`.length);
  });

  test('each change of status is an event with the next number, and a final status stays', async () => {
    const { id } = await submit();
    await runJob(dependencies, id);
    const events = await database.select().from(jobEvents).where(eq(jobEvents.jobId, id)).orderBy(jobEvents.number);
    expect(events.map(({ number, type, data }) => [number, type, data])).toEqual([
      [1, 'status', { status: 'PENDING', attempt: 0 }],
      [2, 'status', { status: 'RUNNING', attempt: 1 }],
      [3, 'chunk', { attempt: 1, content: 'Stub reply to: Hello' }],
      [4, 'status', { status: 'COMPLETED', attempt: 1, finishReason: 'stop' }],
    ]);
    await expect(database.update(jobs).set({ status: 'FAILED' }).where(eq(jobs.id, id))).rejects.toThrow();
  });

  test.each([
    ['a revoked key', 'unauthorized', (id: string) => sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${id}`],
    [
      'a suspended tenant',
      'forbidden',
      (id: string) => sql`UPDATE tenants SET active = false FROM api_keys
        WHERE tenants.id = tenant_id AND api_keys.id = ${id}`,
    ],
  ])('a job of %s ends without a call as %s', async (_, errorCode, change) => {
    const other = await createTenant();
    const id = await submitFor(other);
    await database.execute(change(other.keyId));
    await runJob(dependencies, id);
    expect(await rowOf(id)).toMatchObject({ status: 'FAILED', errorCode, result: null });
    expect(await bookedFor(id)).toBe(0);
    expect(deadLetters).toContain(id);
  });

  test('a job whose key has expired since its creation runs', async () => {
    const other = await createTenant();
    const id = await submitFor(other);
    await database.execute(sql`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = ${other.keyId}`);
    await runJob(dependencies, id);
    expect(await rowOf(id)).toMatchObject({ status: 'COMPLETED' });
  });
});
