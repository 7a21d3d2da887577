import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
// The Worker loads this with the first call that needs it; under test that takes long.
import '../../src/graphql/server.ts';
import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/ids.ts';
import { parseEnv } from '../../src/env.ts';
import worker from '../../src/index.ts';
import { type JobRequest, submitJobs } from '../../src/jobs/submit-jobs.ts';
import { createServices } from '../../src/services.ts';
import { principalWith } from '../support/principal.ts';
import { createTenant, database } from './gateway.ts';

const maxPendingJobs = 5;
const limitedEnv = { ...env, MAX_PENDING_JOBS: String(maxPendingJobs) };
const services = createServices(parseEnv(limitedEnv));
/** No message brings these jobs: they stay pending. */
const jobs = { ...services.jobs, enqueue: async () => undefined };

let tenant: Awaited<ReturnType<typeof createTenant>>;

beforeEach(async () => {
  tenant = await createTenant();
});

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const request = new Request(`http://gateway.test${path}`, {
    method: 'POST',
    headers: { 'x-api-key': tenant.key, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return await worker.fetch(request as Parameters<typeof worker.fetch>[0], limitedEnv, createExecutionContext());
}

const chat = { messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hello' }] }] };
const request = (idempotencyKey?: string): JobRequest => ({
  type: 'TEXT',
  provider: 'stub',
  request: chat,
  idempotencyKey,
});
const submit = (requests: readonly JobRequest[], owner = tenant) => submitJobs(jobs, principalWith(owner), requests);
const requests = (count: number) => Array.from({ length: count }, () => request());

async function countJobs(): Promise<unknown> {
  const { rows } = await database.execute(
    sql`SELECT count(*)::integer AS count FROM jobs WHERE tenant_id = ${tenant.tenantId}`,
  );
  return rows[0]?.count;
}

describe('a tenant with as many pending jobs as it may have', () => {
  beforeEach(async () => {
    await submit(requests(maxPendingJobs));
  });

  const message = expect.stringContaining('at most 5 pending jobs');

  test.each([
    ['/api/jobs', { input: 'Hi', provider: 'stub' }, {}],
    ['/api/chat/completions', { prompt: 'Hi', provider: 'stub' }, { prefer: 'respond-async' }],
  ])('gets no further job by POST %s', async (path, body, headers) => {
    const response = await post(path, body, headers as Record<string, string>);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30']);
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limited', message } });
    expect(await countJobs()).toBe(maxPendingJobs);
  });

  test.each([
    'mutation { createJob(input: { input: "Hi", provider: "stub" }) { id } }',
    'mutation { createJobs(inputs: [{ input: "Hi", provider: "stub" }]) { id } }',
  ])('gets no further job by %s', async (query) => {
    const response = await post('/graphql', { query });
    expect(response.headers.get('retry-after')).toBe('30');
    expect(await response.json()).toMatchObject({
      errors: [{ message, extensions: { code: 'rate_limited', retryAfterSeconds: 30 } }],
    });
    expect(await countJobs()).toBe(maxPendingJobs);
  });

  test('gets one once a job is no longer pending, and holds up no other tenant', async () => {
    expect(await submit(requests(1), await createTenant())).toHaveLength(1);
    await database.execute(sql`UPDATE jobs SET status = 'CANCELLED', finished_at = now() WHERE id = (
      SELECT id FROM jobs WHERE tenant_id = ${tenant.tenantId} LIMIT 1)`);
    expect(await submit(requests(1))).toHaveLength(1);
  });

  test('cannot retry a failed job', async () => {
    const id = newId('job');
    await database.execute(sql`INSERT INTO jobs (id, tenant_id, key_id, type, provider, model, call, status, finished_at)
      VALUES (${id}, ${tenant.tenantId}, ${tenant.keyId}, 'TEXT', 'stub', 'stub', '{"messages":[]}', 'FAILED', now())`);
    const response = await post('/graphql', { query: `mutation { retryJob(id: "${id}") { id } }` });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'rate_limited' } }] });
  });
});

test('concurrent requests do not pass the maximum together', async () => {
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => submit(requests(1))));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(maxPendingJobs);
  expect(await countJobs()).toBe(maxPendingJobs);
});

test('of several jobs that do not fit none is created, and their idempotency keys stay free', async () => {
  await submit(requests(3));
  const keyed = ['a', 'b', 'c'].map(request);
  await expect(submit(keyed)).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 30 });
  expect(await countJobs()).toBe(3);
  const [first] = await submit(keyed.slice(0, 1));
  await submit(requests(1));
  expect(await submit(keyed.slice(0, 1))).toMatchObject([{ replayed: true, job: { id: first?.job.id } }]);
});

test('a GraphQL document costs 50 for each job that it creates', async () => {
  const inputs = Array.from({ length: 100 }, () => ({ input: 'Hi', provider: 'stub' }));
  const fields = ['a', 'b', 'c', 'd'].map((alias) => `${alias}: createJobs(inputs: $inputs) { id }`);
  const query = `mutation ($inputs: [CreateJobInput!]!) { ${fields.join(' ')} }`;
  const response = await post('/graphql', { query, variables: { inputs } });
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('costs 20')]);
  expect(await countJobs()).toBe(0);
});
