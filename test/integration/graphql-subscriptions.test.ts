import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { claimJob, endAttempt } from '../../src/db/queries/job-leases.ts';
import { type ChangeCursor, cancelJob, type JobChange, listChangedJobs } from '../../src/db/queries/jobs.ts';
import { noUsageRows } from '../../src/db/queries/usage-ledger.ts';
import { newId } from '../../src/domain/ids.ts';
import { createTenant, database, post, send } from './gateway.ts';
import { createJob, type Json, queryData, waitForStatus } from './graphql.ts';

let key: string;

beforeAll(async () => {
  ({ key } = await createTenant());
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What a subscription's only field says, as it comes, event by event. Its errors come as one object with `errors`. */
async function* subscribe(query: string, variables: Json = {}, own = key): AsyncGenerator<Json> {
  const headers = { 'x-api-key': own, accept: 'text/event-stream' };
  yield* resultsOf(await post('/graphql', { query, variables }, headers));
}

async function* resultsOf(response: Response): AsyncGenerator<Json> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
  expect(response.headers.get('content-encoding')).toBeNull();
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += new TextDecoder().decode(bytes as Uint8Array);
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      if (event.startsWith('event: complete')) return;
      const data = /^event: next\ndata: (.+)$/.exec(event)?.[1];
      if (data !== undefined) yield fieldOf(JSON.parse(data));
    }
  }
  throw new Error('the stream ended without complete');
}

function fieldOf({ data, errors }: { data?: Record<string, Json>; errors?: unknown }): Json {
  const [value] = Object.values(data ?? {});
  return value ?? { errors };
}

async function collect(results: AsyncGenerator<Json>): Promise<Json[]> {
  const all: Json[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** A job that no message brings. */
async function insertPendingJob(): Promise<{ id: string; own: string }> {
  const id = newId('job');
  const tenant = await createTenant();
  await database.execute(sql`INSERT INTO jobs (id, tenant_id, key_id, type, provider, model, call, enqueued_at)
    VALUES (${id}, ${tenant.tenantId}, 'key_x', 'TEXT', 'stub', 'stub', '{"messages":[]}', now())`);
  return { id, own: tenant.key };
}

const jobUpdated =
  'subscription ($id: ID!) { jobUpdated(id: $id) { id status result attemptCount attempts { number } } }';

describe('jobUpdated', () => {
  test('sends each state of a job before the next one and ends with the final one', async () => {
    const id = await createJob(key, { input: '[[scenario:paced ms=100 chunks=50]]', provider: 'openai' });
    const arrivals: { status: unknown; atMs: number }[] = [];
    for await (const { status } of subscribe(jobUpdated, { id })) arrivals.push({ status, atMs: Date.now() });
    const statuses = arrivals.map(({ status }) => status);
    // The queue may have been faster than the subscription.
    expect(statuses).toEqual(['PENDING', 'RUNNING', 'COMPLETED'].slice(-statuses.length));
    const { job } = await queryData<{ job: Json }>(key, 'query ($id: ID!) { job(id: $id) { finishedAt } }', { id });
    expect(arrivals.at(-2)?.atMs).toBeLessThan(Date.parse(String(job.finishedAt)));
  });

  test('omits no state', async () => {
    const { id, own } = await insertPendingJob();
    const results = subscribe(jobUpdated, { id }, own);
    expect((await results.next()).value).toMatchObject({ id, status: 'PENDING', attempts: [] });
    const lease = { id, token: newId('lease') };
    await claimJob(database, { ...lease, leaseMs: 60_000, requestId: newId('req') });
    await endAttempt(database, lease, { status: 'COMPLETED', result: 'done', finishReason: 'stop' }, noUsageRows, {
      content: '',
    });
    expect(await collect(results)).toMatchObject([
      { status: 'RUNNING', result: null, attemptCount: 1, attempts: [{ number: 1 }] },
      { status: 'COMPLETED', result: 'done', attemptCount: 1 },
    ]);
  });

  test('continues with the current state for a client that reconnects', async () => {
    const { id, own } = await insertPendingJob();
    const before = subscribe(jobUpdated, { id }, own);
    expect((await before.next()).value).toMatchObject({ status: 'PENDING' });
    await before.return(undefined);
    const lease = { id, token: newId('lease') };
    await claimJob(database, { ...lease, leaseMs: 60_000, requestId: newId('req') });
    const after = subscribe(jobUpdated, { id }, own);
    expect((await after.next()).value).toMatchObject({ status: 'RUNNING' });
    await endAttempt(database, lease, { status: 'COMPLETED', result: 'done', finishReason: 'stop' }, noUsageRows, {
      content: '',
    });
    expect(await collect(after)).toMatchObject([{ status: 'COMPLETED', result: 'done' }]);
  });

  test('sends the final state of a finished job and ends', async () => {
    const id = await createJob(key);
    await waitForStatus(key, id, 'COMPLETED');
    for (let count = 0; count < 2; count += 1) {
      expect(await collect(subscribe(jobUpdated, { id }))).toMatchObject([
        { status: 'COMPLETED', result: 'Stub reply to: Hello' },
      ]);
    }
  });

  test('asks the client to reconnect after ten minutes', async () => {
    const { id, own } = await insertPendingJob();
    for (const results of [
      subscribe(jobUpdated, { id }, own),
      subscribe(
        'subscription ($since: DateTime) { jobsUpdated(since: $since) { id } }',
        { since: '2026-01-01T00:00:00Z' },
        own,
      ),
    ]) {
      expect((await results.next()).value).toMatchObject({ id });
      const now = Date.now();
      vi.spyOn(Date, 'now').mockReturnValue(now + 601_000);
      expect(await collect(results)).toMatchObject([{ errors: [{ extensions: { code: 'unavailable' } }] }]);
      vi.restoreAllMocks();
    }
  });

  test('can be opened by GET, as an EventSource does', async () => {
    const id = await createJob(key);
    const query = encodeURIComponent(`subscription { jobUpdated(id: "${id}") { status } }`);
    const headers = { 'x-api-key': key, accept: 'text/event-stream' };
    const results = await collect(resultsOf(await send(`/graphql?query=${query}`, { headers })));
    expect(results.at(-1)).toEqual({ status: 'COMPLETED' });
  });

  test('sends one line for each event with any line breaks in the text', async () => {
    const id = await createJob(key, { input: 'a\u2028b\u0085c\nd' });
    const query = 'subscription ($id: ID!) { jobUpdated(id: $id) { input status } }';
    const headers = { 'x-api-key': key, accept: 'text/event-stream' };
    const text = await (await post('/graphql', { query, variables: { id } }, headers)).text();
    expect(text).not.toMatch(/[\u0085\u2028]/);
    expect(text).toContain('a\\u2028b\\u0085c\\nd');
  });

  test('needs an event stream', async () => {
    const id = await createJob(key);
    const headers = { 'x-api-key': key, accept: 'application/json' };
    expect((await post('/graphql', { query: jobUpdated, variables: { id } }, headers)).status).toBe(406);
  });
});

describe('jobsUpdated', () => {
  test("sends each of the tenant's jobs up to its final state, and none of another tenant", async () => {
    const [mine, other] = [await createTenant(), await createTenant()];
    const before = await createJob(mine.key);
    await waitForStatus(mine.key, before, 'COMPLETED');
    await scheduler.wait(20);
    const results = subscribe('subscription { jobsUpdated { id status } }', {}, mine.key);
    const first = results.next();
    const ids = [await createJob(mine.key), await createJob(mine.key)];
    const foreign = await createJob(other.key);
    const last = new Map<unknown, unknown>();
    for (let next = await first; !next.done; next = await results.next()) {
      last.set(next.value.id, next.value.status);
      if (ids.every((id) => last.get(id) === 'COMPLETED')) break;
    }
    await results.return(undefined);
    expect([last.has(foreign), last.has(before), last.size]).toEqual([false, false, 2]);
  });

  test('continues from a time with each change once, over several pages', async () => {
    const { key: own } = await createTenant();
    const since = new Date(Date.now() - 1000).toISOString();
    const inputs = Array.from({ length: 100 }, () => ({ input: 'x', provider: 'stub' }));
    const create = 'mutation ($inputs: [CreateJobInput!]!) { createJobs(inputs: $inputs) { id } }';
    for (let count = 0; count < 2; count += 1) await queryData(own, create, { inputs });
    const open = '{ jobs(filter: { statuses: [PENDING, RUNNING] }) { totalCount } }';
    while ((await queryData<{ jobs: Json }>(own, open)).jobs.totalCount !== 0) await scheduler.wait(200);
    const query = 'subscription ($since: DateTime) { jobsUpdated(since: $since) { id status } }';
    const results = subscribe(query, { since }, own);
    const receivedIds: unknown[] = [];
    while (receivedIds.length < 200) receivedIds.push((await results.next()).value.id);
    await results.return(undefined);
    expect(new Set(receivedIds).size).toBe(200);
  }, 60_000);
});

test('a job that changes between two pages of changes hides no other', async () => {
  const { tenantId } = await createTenant();
  await database.execute(sql`INSERT INTO jobs (id, tenant_id, key_id, type, provider, model, call, enqueued_at)
    SELECT ${newId('job')} || number, ${tenantId}, 'key_x', 'TEXT', 'stub', 'stub', '{"messages":[]}', now()
    FROM generate_series(1, 250) AS number`);
  const listedIds: string[] = [];
  let cursor: ChangeCursor | undefined = { at: '2000-01-01', id: '' };
  while (cursor !== undefined) {
    const changes: JobChange[] = await listChangedJobs(database, tenantId, cursor);
    // A listed job moves to the end.
    if (listedIds.length === 0) await cancelJob(database, tenantId, changes[0]?.job.id ?? '');
    listedIds.push(...changes.map(({ job }) => job.id));
    cursor = changes.length === 100 ? changes.at(-1)?.cursor : undefined;
  }
  expect([listedIds.length, new Set(listedIds).size, listedIds.at(-1) === listedIds[0]]).toEqual([251, 250, true]);
});

test('a running job is sent once for any amount of text', async () => {
  const mine = await createTenant();
  const results = subscribe('subscription { jobsUpdated { id status } }', {}, mine.key);
  const first = results.next();
  const body = { input: '[[scenario:paced ms=100 chunks=30]] go', provider: 'openai' };
  await post('/api/jobs', body, { 'x-api-key': mine.key });
  const statuses: unknown[] = [(await first).value?.status];
  while (statuses.at(-1) !== 'COMPLETED') statuses.push((await results.next()).value?.status);
  await results.return(undefined);
  expect(statuses.filter((status) => status === 'RUNNING')).toHaveLength(1);
});
