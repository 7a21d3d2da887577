import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { appendChunk, claimJob, endAttempt } from '../../src/db/queries/job-leases.ts';
import { purgeJobs } from '../../src/db/queries/retention.ts';
import { noUsageRows } from '../../src/db/queries/usage-ledger.ts';
import { jobs } from '../../src/db/schema/jobs.ts';
import { newId } from '../../src/domain/ids.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, post, send } from './gateway.ts';

interface Received {
  readonly id: number;
  readonly event: string;
  readonly data: Record<string, unknown> & { type: string };
  readonly atMs: number;
}

let headers: { 'x-api-key': string };

beforeAll(async () => {
  headers = { 'x-api-key': (await createTenant()).key };
});

async function create(body: object): Promise<string> {
  const response = await post('/api/jobs', { provider: 'stub', ...body }, headers);
  expect(response.status).toBe(202);
  return (await response.json<{ id: string }>()).id;
}

/** Collects the events of a job as they arrive, and disconnects after `maxEvents` of them. */
async function watch(
  id: string,
  { after, maxEvents = Infinity }: { after?: number; maxEvents?: number } = {},
): Promise<Received[]> {
  const resume: Record<string, string> = after === undefined ? {} : { 'last-event-id': String(after) };
  const response = await send(`/api/jobs/${id}/events`, { headers: { ...headers, ...resume } });
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store, no-transform']);
  const received: Received[] = [];
  let text = '';
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  while (received.length < maxEvents) {
    const { done, value } = await reader.read();
    if (done) return received;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    received.push(...blocks.map(parse));
  }
  await reader.cancel();
  return received.slice(0, maxEvents);
}

/** A keep-alive is a comment line in front of the next event: a field without a name. */
function parse(block: string): Received {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = JSON.parse(fields.get('data') ?? '');
  return { id: Number(fields.get('id')), event: fields.get('event') ?? '', data, atMs: Date.now() };
}

const textOf = (events: readonly Received[]) =>
  events.map(({ event, data }) => (event === 'chunk' ? String(data.content) : '')).join('');

test('the events of a job lead from its creation to its end, and the stream ends with it', async () => {
  const id = await create({ input: 'Hello' });
  const events = await watch(id);
  expect(events.map(({ id, event, data: { type, ...data } }) => [id, event === type, event, data])).toEqual([
    [1, true, 'status', { status: 'PENDING', attempt: 0 }],
    [2, true, 'status', { status: 'RUNNING', attempt: 1 }],
    [3, true, 'chunk', { attempt: 1, content: 'Stub reply to: Hello' }],
    [4, true, 'status', { status: 'COMPLETED', attempt: 1, finishReason: 'stop' }],
  ]);
});

test('text arrives while it is produced, in at maxEvents four events a second', async () => {
  const id = await create({ input: '[[scenario:paced ms=50 chunks=40]] go', provider: 'openai' });
  const startedAtMs = Date.now();
  const events = await watch(id);
  const seconds = (Date.now() - startedAtMs) / 1000;
  const job = await (await send(`/api/jobs/${id}`, { headers })).json<{ result: string; finishedAt: string }>();
  expect(textOf(events)).toBe(job.result);
  const chunks = events.filter(({ event }) => event === 'chunk');
  expect(chunks.length).toBeGreaterThan(1);
  expect(chunks.length).toBeLessThanOrEqual(4 * seconds + 1);
  expect(chunks[0]?.atMs).toBeLessThan(Date.parse(job.finishedAt));
});

test('a client that reconnects with Last-Event-ID gets the remaining events, each once', async () => {
  const id = await create({ input: '[[scenario:paced ms=50 chunks=40]] go', provider: 'openai' });
  const received: Received[] = [];
  for (let after = 0; received.at(-1)?.data.status !== 'COMPLETED'; after = received.at(-1)?.id ?? after) {
    received.push(...(await watch(id, { after, maxEvents: 2 })));
  }
  expect(received.map((event) => event.id)).toEqual(received.map((_, index) => index + 1));
  const job = await (await send(`/api/jobs/${id}`, { headers })).json<{ result: string }>();
  expect(textOf(received)).toBe(job.result);
  const over = await send(`/api/jobs/${id}/events`, {
    headers: { ...headers, 'last-event-id': String(received.length) },
  });
  expect([over.status, await over.text()]).toEqual([204, '']);
});

test('a change of state arrives before the next one', async () => {
  const id = await create({ input: 'Hello', model: 'stub-slow' });
  const events = await watch(id);
  const running = events.find(({ data }) => data.status === 'RUNNING');
  const { finishedAt } = await (await send(`/api/jobs/${id}`, { headers })).json<{ finishedAt: string }>();
  expect(running?.atMs).toBeLessThan(Date.parse(finishedAt));
});

describe('a request is refused for', () => {
  test.each(['x', '-1', '1.5', '9999999999'])('Last-Event-ID %s', async (lastEventId) => {
    const id = await create({ input: 'Hello' });
    const response = await send(`/api/jobs/${id}/events`, { headers: { ...headers, 'last-event-id': lastEventId } });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('Last-Event-ID')]);
  });

  test("another tenant's job, as if it did not exist", async () => {
    const id = await create({ input: 'Hello' });
    const other = { 'x-api-key': (await createTenant()).key };
    const [theirs, absent] = await Promise.all(
      [id, 'job_unknown'].map((path) => send(`/api/jobs/${path}/events`, { headers: other })),
    );
    expect([theirs?.status, absent?.status]).toEqual([404, 404]);
  });
});

test('a chunk that is written again under its number is stored once', async () => {
  const id = await create({ input: 'Hello', model: 'stub-slow' });
  const lease = { id, token: newId('lease') };
  await waitFor(async () => {
    await database.update(jobs).set({ leaseExpiresAt: sql`now() - interval '1 second'` }).where(eq(jobs.id, id));
    expect(await claimJob(database, { ...lease, leaseMs: 60_000, requestId: newId('req') })).toBeDefined();
  });
  const [row] = await database.select().from(jobs).where(eq(jobs.id, id));
  const number = (row?.eventCount ?? 0) + 1;
  for (let time = 0; time < 3; time += 1) {
    expect(await appendChunk(database, lease, { number, content: 'once' })).toBe(true);
  }
  const end = { status: 'COMPLETED', result: 'once only', finishReason: 'stop' } as const;
  expect(await endAttempt(database, lease, end, noUsageRows, { content: ' only' })).toBe('COMPLETED');
  expect(textOf(await watch(id))).toBe('once only');
});

test('a purged job has one event, its end', async () => {
  const id = await create({ input: 'Hello', metadata: { a: 1 } });
  await watch(id);
  await database.update(jobs).set({ finishedAt: sql`now() - interval '31 days'` }).where(eq(jobs.id, id));
  expect(await purgeJobs(database, 30, 100)).toBeGreaterThan(0);
  expect(await purgeJobs(database, 30, 100)).toBe(0);
  expect((await watch(id)).map((event) => event.data)).toEqual([
    { type: 'status', status: 'COMPLETED', attempt: 1, finishReason: 'stop' },
  ]);
  const job = await (await send(`/api/jobs/${id}`, { headers })).json();
  expect(job).toMatchObject({ status: 'COMPLETED', result: null, metadata: null, tokensIn: 1, cost: 0 });
  const { rows } =
    await database.execute(sql`SELECT call, (SELECT count(*)::integer FROM job_attempts WHERE job_id = jobs.id) AS attempts,
    (SELECT count(*)::integer FROM job_events WHERE job_id = jobs.id) AS events FROM jobs WHERE id = ${id}`);
  expect(rows).toEqual([{ call: null, attempts: 0, events: 0 }]);
});
