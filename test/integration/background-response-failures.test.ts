import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { appendChunk, claimJob } from '../../src/db/queries/job-leases.ts';
import { jobs } from '../../src/db/schema/jobs.ts';
import { responses } from '../../src/db/schema/responses.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { newId } from '../../src/domain/ids.ts';
import { parseEnv } from '../../src/env.ts';
import type { JobMessage } from '../../src/jobs/job-message.ts';
import { jobOutbox } from '../../src/jobs/job-outbox.ts';
import { purge } from '../../src/jobs/purge.ts';
import { retryJob } from '../../src/jobs/retry-job.ts';
import { runJob } from '../../src/jobs/run-job.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { rotateWebhookSecret } from '../../src/webhooks/rotate-webhook-secret.ts';
import { auditActor } from '../support/audit-actor.ts';
import { principalWith } from '../support/principal.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, ledgerRows, post, variables } from './gateway.ts';
import { findRequest, openClient } from './openai-client.ts';
import { expectVerified, received, receivedOnce, receiverUrl } from './webhook-setting.ts';

const storing = { storeResponses: true };
const providers = ['stub', 'claude-haiku-4-5', 'gpt-4o-mini'];

/** The Worker's parts, with a queue that keeps its messages: a test delivers them. */
const sent: JobMessage[] = [];
const settings = parseEnv(env);
const services = createServices(settings);
const dependencies = {
  ...services.background.jobs,
  enqueue: async (messages: readonly JobMessage[]) => void sent.push(...messages),
  enqueueDeadLetter: async () => undefined,
  logger: createLogger('error'),
};
const app = createApp({ ...services, jobs: dependencies, corsOrigins: undefined, local: true });

beforeEach(() => {
  sent.length = 0;
});

/** Makes a response in the background that no consumer runs but the test. */
async function submit(key: string, body: object, headers: Record<string, string> = {}) {
  const context = createExecutionContext();
  const request = new Request('http://gateway.test/v1/responses', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
    body: JSON.stringify({ background: true, ...body }),
  });
  const response = await app.fetch(request, settings, context);
  expect(response.status).toBe(200);
  const { id } = await response.json<{ id: string }>();
  await waitOnExecutionContext(context);
  return { id, jobId: id.replace('resp_', 'job_') };
}

async function readJob(jobId: string) {
  return (await database.select().from(jobs).where(eq(jobs.id, jobId)))[0] ?? expect.unreachable();
}

async function countStored(tenantId: string): Promise<number> {
  return await database.$count(responses, eq(responses.tenantId, tenantId));
}

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe.each(providers)('a response of %s', (model) => {
  it('is created once though its message is delivered five times at once', async () => {
    const { key, tenantId } = await createTenant(storing);
    const { id, jobId } = await submit(key, { model, input: 'Hi' });
    expect(sent).toEqual([{ version: 1, jobId }]);
    await Promise.all(Array.from({ length: 5 }, () => runJob(dependencies, jobId)));
    expect(await readJob(jobId)).toMatchObject({ status: 'COMPLETED', attemptCount: 1 });
    await ledgerRows(tenantId, 1);
    expect(await countStored(tenantId)).toBe(1);
    expect(id).toMatch(/^resp_/);
  });

  it('is created again where its worker died in the middle, which its stream shows once', async () => {
    const { client, headers, tenantId } = await openClient(storing);
    const { id, jobId } = await submit(headers['x-api-key'], { model, input: 'Hi' });
    const lease = { id: jobId, token: newId('lease') };
    const claimed = await claimJob(database, { ...lease, leaseMs: 60_000, requestId: newId('req') });
    const item = { id: 'msg_lost', type: 'message', status: 'in_progress', role: 'assistant', content: [] };
    const events = `${JSON.stringify({ type: 'response.output_item.added', output_index: 0, item })}\n`;
    const number = (claimed?.eventCount ?? 0) + 1;
    expect(await appendChunk(database, lease, { number, content: '', events })).toBe(true);
    await database.update(jobs).set({ leaseExpiresAt: sql`now() - interval '1 second'` }).where(eq(jobs.id, jobId));
    await runJob(dependencies, jobId);
    expect(await readJob(jobId)).toMatchObject({ status: 'COMPLETED', attemptCount: 2 });
    const types = (await collect(await client.responses.retrieve(id, { stream: true }))).map(({ type }) => type);
    expect(types).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.output_item.added',
      'response.output_item.done',
      'response.completed',
    ]);
    const helper = client.responses.stream({ response_id: id });
    expect((await helper.finalResponse()).status).toBe('completed');
    expect(await countStored(tenantId)).toBe(1);
  });

  it('is not stored by a worker that has lost its lease, nor where it was cancelled', async () => {
    const { client, headers, tenantId } = await openClient(storing);
    const { id, jobId } = await submit(headers['x-api-key'], { model, input: 'Hi' });
    const late = {
      ...dependencies,
      runResponse: async (...parameters: Parameters<typeof dependencies.runResponse>) => {
        const reply = await dependencies.runResponse(...parameters);
        await client.responses.cancel(id);
        return reply;
      },
    };
    await runJob(late, jobId);
    const { tokensOut } = await readJob(jobId);
    expect([await client.responses.retrieve(id), tokensOut]).toMatchObject([
      { status: 'cancelled', output: [] },
      expect.any(Number),
    ]);
    expect(await countStored(tenantId)).toBe(0);
    await ledgerRows(tenantId, 1);
  });

  it('is left alone by a consumer of the version before, and created by a later one', async () => {
    const { headers } = await openClient(storing);
    const { jobId } = await submit(headers['x-api-key'], { model, input: 'Hi' });
    // As the version before claims a job.
    const { rows } = await database.execute(sql`
      UPDATE jobs SET status = 'RUNNING' WHERE id = ${jobId} AND call IS NOT NULL AND status = 'PENDING' RETURNING id`);
    expect(rows).toEqual([]);
    await database.update(jobs).set({ enqueuedAt: sql`now() - interval '2 minutes'` }).where(eq(jobs.id, jobId));
    sent.length = 0;
    await jobOutbox.sweep(dependencies);
    expect(sent).toContainEqual({ version: 1, jobId });
    await runJob(dependencies, jobId);
    expect((await readJob(jobId)).status).toBe('COMPLETED');
  });

  it('waits for a rate limit without an attempt, and fails beyond a budget', async () => {
    const limited = await createTenant({ ...storing, requestsPerMinute: 1 });
    const [first, second] = [
      await submit(limited.key, { model, input: 'Hi' }),
      await submit(limited.key, { model, input: 'Hi' }),
    ];
    await runJob(dependencies, first.jobId);
    expect(await runJob(dependencies, second.jobId)).toMatchObject({ action: 'retry' });
    expect(await readJob(second.jobId)).toMatchObject({ status: 'PENDING', attemptCount: 0 });
    if (model === 'stub') return;
    const spent = await createTenant({ ...storing, dailyBudgetNanoUsd: 1n });
    const { jobId } = await submit(spent.key, { model, input: 'Hi' });
    await runJob(dependencies, jobId);
    expect(await readJob(jobId)).toMatchObject({ status: 'FAILED', errorCode: 'budget_exceeded' });
  });

  it('fails where its key has been revoked', async () => {
    const { key, keyId } = await createTenant(storing);
    const { jobId } = await submit(key, { model, input: 'Hi' });
    await database.execute(sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${keyId}`);
    await runJob(dependencies, jobId);
    expect(await readJob(jobId)).toMatchObject({ status: 'FAILED', errorCode: 'unauthorized' });
  });
});

describe.each(['claude-haiku-4-5', 'ollama/llama3.2', 'plain/plain-large', 'gpt-4o-mini'])(
  'a stream of %s',
  (model) => {
    it.each(['cut', 'clean-cut', 'cut mid=character', 'error-event'])(
      'that breaks off is tried again, and fails in the end: %s',
      async (trouble) => {
        const { client, headers, tenantId } = await openClient(storing);
        const { id, jobId } = await submit(headers['x-api-key'], {
          model,
          input: `[[scenario:unicode,${trouble}]] go`,
        });
        expect(await runJob(dependencies, jobId)).toMatchObject({ action: 'retry' });
        expect(await client.responses.retrieve(id)).toMatchObject({ status: 'queued', error: null, output: [] });
        await database.update(jobs).set({ attemptCount: 4, nextAttemptAt: sql`now()` }).where(eq(jobs.id, jobId));
        expect(await runJob(dependencies, jobId)).toMatchObject({ action: 'ack' });
        const error = { code: expect.any(String), message: expect.any(String) };
        expect(await client.responses.retrieve(id)).toMatchObject({ status: 'failed', error, output: [] });
        const rows = await ledgerRows(tenantId, 2);
        for (const row of rows)
          expect(row).toMatchObject({ source: 'job', status: 'failed', tokenSource: 'estimated' });
        expect(await countStored(tenantId)).toBe(0);
      },
    );

    it('comes whole where the provider does not stream', async () => {
      const { client, headers } = await openClient(storing);
      const { id, jobId } = await submit(headers['x-api-key'], { model, input: '[[scenario:unstreamed]] Hi' });
      await runJob(dependencies, jobId);
      const response = await client.responses.retrieve(id);
      expect([response.status, response.output_text]).toEqual(['completed', expect.stringMatching(/./)]);
    });
  },
);

it('asks for encrypted reasoning where the model reasons, which it could not be sent back without', async () => {
  const { key } = await createTenant(storing);
  const mark = crypto.randomUUID();
  const body = { model: 'gpt-5-mini', input: `Hi ${mark}`, include: ['file_search_call.results'] };
  const { jobId } = await submit(key, body);
  await runJob(dependencies, jobId);
  const include = ['file_search_call.results', 'reasoning.encrypted_content'];
  expect((await findRequest(mark)).body).toMatchObject({ include, store: false, stream: true, background: false });
});

it('is retried as a new response', async () => {
  const { client, headers, tenantId } = await openClient(storing);
  const mark = crypto.randomUUID();
  const input = `[[scenario:flaky times=1 mark=${mark} code=400]] Hi`;
  const { id, jobId } = await submit(headers['x-api-key'], { model: 'gpt-4o-mini', instructions: 'Be brief.', input });
  await runJob(dependencies, jobId);
  expect(await client.responses.retrieve(id)).toMatchObject({ status: 'failed' });
  const { keyId } = await readJob(jobId);
  const retry = await retryJob(dependencies, principalWith({ tenantId, keyId }), jobId);
  await runJob(dependencies, retry.id);
  const newId = retry.id.replace('job_', 'resp_');
  const expected = { id: newId, status: 'completed', background: true };
  expect(await client.responses.retrieve(newId)).toMatchObject(expected);
  expect(await client.responses.retrieve(id)).toMatchObject({ status: 'failed', instructions: 'Be brief.' });
});

it('outlives the purge of its job, which takes its events', async () => {
  const { client, headers } = await openClient(storing);
  const created = await submit(headers['x-api-key'], { model: 'stub', input: 'Hi' });
  const failed = await submit(headers['x-api-key'], { model: 'gpt-4o-mini', input: '[[scenario:status code=413]] Hi' });
  for (const { jobId } of [created, failed]) {
    await runJob(dependencies, jobId);
    await database.update(jobs).set({ finishedAt: sql`now() - interval '31 days'` }).where(eq(jobs.id, jobId));
  }
  await purge({ database, logger: createLogger('error') }, 30);
  expect(await readJob(created.jobId)).toMatchObject({ responseRequest: null, responseSettings: null, result: null });
  expect((await client.responses.retrieve(created.id)).output_text).toBe('Stub reply to: Hi');
  await expect(client.responses.retrieve(failed.id)).rejects.toMatchObject({ status: 404 });
  await expect(client.responses.retrieve(created.id, { stream: true })).rejects.toMatchObject({ status: 400 });
});

describe('the webhook of a response', () => {
  const slow = '[[scenario:paced ms=100 chunks=300]] Hi';

  it.each([
    ['completed', 'stub', 'Hi'],
    ['completed', 'gpt-4o-mini', 'Hi'],
    ['failed', 'gpt-4o-mini', '[[scenario:status code=413]] Hi'],
    ['incomplete', 'claude-haiku-4-5', '[[scenario:length]] Hi'],
    ['incomplete', 'gpt-4o-mini', '[[scenario:length]] Hi'],
    ['completed', 'plain/plain-large', '[[scenario:refusal]] Hi'],
    ['cancelled', 'gpt-4o-mini', slow],
  ])('is response.%s of %s, as OpenAI sends it', async (status, model, input) => {
    const { client, headers, tenantId } = await openClient(storing);
    const { secret } = await rotateWebhookSecret(database, tenantId, 0, auditActor);
    const url = receiverUrl('ok');
    const sentHeaders = { ...headers, 'x-gateway-webhook-url': url };
    const created = await post('/v1/responses', { model, input, background: true }, sentHeaders);
    const { id } = await created.json<{ id: string }>();
    if (status === 'cancelled') await client.responses.cancel(id);
    const webhook = await receivedOnce(url);
    await expectVerified(webhook, secret);
    const deliveryId = id.replace('resp_', 'whd_');
    expect(JSON.parse(webhook.body)).toEqual({
      id: deliveryId,
      object: 'event',
      created_at: expect.any(Number),
      type: `response.${status}`,
      data: { id },
    });
    expect(await client.responses.retrieve(id)).toMatchObject({ status });
    expect(await received(url)).toHaveLength(1);
  });

  it('goes to the URL of the tenant where the request names none', async () => {
    const { headers, tenantId } = await openClient(storing);
    const url = receiverUrl('ok');
    await database.update(tenants).set({ webhookUrl: url }).where(eq(tenants.id, tenantId));
    const created = await post('/v1/responses', { model: 'stub', input: 'Hi', background: true }, headers);
    const { id } = await created.json<{ id: string }>();
    expect(JSON.parse((await receivedOnce(url)).body)).toMatchObject({ type: 'response.completed', data: { id } });
    // Other jobs have a URL of their own, or none.
    const job = await (await post('/api/jobs', { input: 'Hi', provider: 'stub' }, headers)).json();
    expect(job).toMatchObject({ webhookUrl: null });
  });
});

it('ends its stream where the key is revoked', async () => {
  const { headers, tenantId } = await openClient(storing);
  const { id } = await submit(headers['x-api-key'], { model: 'stub', input: 'Hi' });
  const context = createExecutionContext();
  const request = new Request(`http://gateway.test/v1/responses/${id}?stream=true`, { headers });
  const response = await app.fetch(request, settings, context);
  await database.execute(sql`UPDATE api_keys SET revoked_at = now() WHERE tenant_id = ${tenantId}`);
  const text = await response.text();
  expect(text.slice(text.lastIndexOf('event: '))).toMatch(/^event: error\ndata: .*"sequence_number":2\}\n\n$/);
});

it('answers 503 where Postgres does not answer, and makes no job', async () => {
  const { key, tenantId } = await createTenant(storing);
  const realFetch = globalThis.fetch;
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const isInsert = String(input) === variables.DATABASE_HTTP_URL && String(init?.body).includes('response_request');
    if (isInsert) throw new Error('Postgres is away');
    return await realFetch(input, init);
  });
  try {
    const context = createExecutionContext();
    const request = new Request('http://gateway.test/v1/responses', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ model: 'stub', input: 'Hi', background: true }),
    });
    const response = await app.fetch(request, settings, context);
    expect(response.status).toBe(503);
  } finally {
    spy.mockRestore();
  }
  expect(await database.$count(jobs, eq(jobs.tenantId, tenantId))).toBe(0);
  await waitFor(() => expect(sent).toEqual([]));
});
