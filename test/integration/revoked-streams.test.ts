import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
// The Worker loads this with the first call that needs it; under test that takes long.
import '../../src/graphql/server.ts';
import { eq, sql } from 'drizzle-orm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { appendChunk, claimJob, endAttempt } from '../../src/db/queries/job-leases.ts';
import { noUsageRows } from '../../src/db/queries/usage-ledger.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { newId } from '../../src/domain/ids.ts';
import { parseEnv } from '../../src/env.ts';
import worker from '../../src/index.ts';
import { submitJobs } from '../../src/jobs/submit-jobs.ts';
import { createServices } from '../../src/services.ts';
import { principalWith } from '../support/principal.ts';
import { createTenant, database } from './gateway.ts';

const realNow = Date.now;
afterEach(() => vi.restoreAllMocks());

/** A job that is being worked on, and by whom. */
async function startJob(tenant: { tenantId: string; keyId: string }) {
  const services = createServices(parseEnv(env));
  const chat = { messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hello' }] }] };
  const request = { type: 'TEXT' as const, provider: 'stub', request: chat };
  const [submitted] = await submitJobs({ ...services.jobs, enqueue: async () => undefined }, principalWith(tenant), [
    request,
  ]);
  const lease = { id: submitted?.job.id ?? '', token: newId('lease') };
  await claimJob(database, { ...lease, leaseMs: 60_000, requestId: newId('req') });
  return lease;
}

/** A reply that goes on, which is read as it comes. */
async function open(path: string, key: string, document?: string) {
  const request = new Request(`http://gateway.test${path}`, {
    method: document === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': key, accept: 'text/event-stream', 'content-type': 'application/json' },
    body: document === undefined ? null : JSON.stringify({ query: document }),
  });
  const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], env, createExecutionContext());
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const readUntil = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const { done, value = '' } = (await reader?.read()) ?? { done: true };
      if (done) break;
      text += value;
    }
    return text;
  };
  return { readUntil, close: () => void reader?.cancel().catch(() => undefined) };
}

const revoke = (tenant: { keyId: string }) =>
  database.update(apiKeys).set({ revokedAt: sql`now()` }).where(eq(apiKeys.id, tenant.keyId));
const suspend = (tenant: { tenantId: string }) =>
  database.update(tenants).set({ active: false }).where(eq(tenants.id, tenant.tenantId));

test.each([
  ['is revoked', 'unauthorized', revoke],
  ['belongs to a tenant that is suspended', 'forbidden', suspend],
] as const)('the events of a job end within five seconds of the moment when the key %s', async (_, code, change) => {
  const tenant = await createTenant();
  const lease = await startJob(tenant);
  const stream = await open(`/api/jobs/${lease.id}/events`, tenant.key);
  await stream.readUntil('"RUNNING"');
  await change(tenant);
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 5_000);
  await appendChunk(database, lease, { number: 3, content: 'sesame' });
  const rest = await stream.readUntil('"error"');
  expect(rest).toContain(`"code":"${code}"`);
  expect(rest).not.toContain('sesame');
});

test.each([
  ['is revoked', 'unauthorized', revoke],
  ['belongs to a tenant that is suspended', 'forbidden', suspend],
] as const)('a subscription tells nothing five seconds after the key %s', async (_, code, change) => {
  const tenant = await createTenant();
  const lease = await startJob(tenant);
  const document = `subscription { jobUpdated(id: "${lease.id}") { status result } }`;
  const stream = await open('/graphql', tenant.key, document);
  await stream.readUntil('"RUNNING"');
  await change(tenant);
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 5_000);
  const end = { status: 'COMPLETED', result: 'sesame', finishReason: 'stop' } as const;
  await endAttempt(database, lease, end, noUsageRows, { content: '' });
  const rest = await stream.readUntil('"errors"');
  expect(rest).toContain(`"code":"${code}"`);
  expect(rest).not.toContain('sesame');
  stream.close();
});

const expire = (tenant: { keyId: string }) =>
  database.update(apiKeys).set({ expiresAt: sql`now() + interval '1 second'` }).where(eq(apiKeys.id, tenant.keyId));

describe.each([
  ['is revoked', 'unauthorized', revoke],
  ['expires', 'unauthorized', expire],
  ['belongs to a tenant that is suspended', 'forbidden', suspend],
] as const)('while nothing happens, five seconds after the moment when the key %s,', (_, code, change) => {
  test('the events of a job end in one error', async () => {
    const tenant = await createTenant();
    const { id } = await startJob(tenant);
    const stream = await open(`/api/jobs/${id}/events`, tenant.key);
    await stream.readUntil('"RUNNING"');
    await change(tenant);
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 5_000);
    const text = await stream.readUntil('the end of the stream');
    expect(text.match(/"type":"error"/g)).toHaveLength(1);
    expect(text).toContain(`"code":"${code}"`);
  });

  test.each(['jobUpdated', 'jobsUpdated'])('%s ends in one error and complete', async (field) => {
    const tenant = await createTenant();
    const { id } = await startJob(tenant);
    const args = field === 'jobUpdated' ? `id: "${id}"` : 'since: "2026-01-01T00:00:00Z"';
    const stream = await open('/graphql', tenant.key, `subscription { ${field}(${args}) { status } }`);
    await stream.readUntil('"RUNNING"');
    await change(tenant);
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 5_000);
    const text = await stream.readUntil('event: complete');
    expect(text.match(/"errors"/g)).toHaveLength(1);
    expect(text).toContain(`"code":"${code}"`);
    expect(text).toContain('event: complete');
  });
});

test('a request that waits for its job ends within five seconds of the revocation of its key', async () => {
  const tenant = await createTenant();
  const request = new Request('http://gateway.test/api/jobs', {
    method: 'POST',
    headers: { 'x-api-key': tenant.key, 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify({ input: '[[scenario:held mark=revoked-wait]] go', provider: 'openai' }),
  });
  const response = worker.fetch(request as Parameters<typeof worker.fetch>[0], env, createExecutionContext());
  await vi.waitFor(async () => {
    const { rows } = await database.execute(sql`SELECT id FROM jobs WHERE tenant_id = ${tenant.tenantId}`);
    expect(rows).toHaveLength(1);
  });
  await revoke(tenant);
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 5_000);
  expect((await response).status).toBe(401);
});
