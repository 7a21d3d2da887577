import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { purgeRequestBodies } from '../../src/db/queries/log-retention.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { auditLog } from '../../src/db/schema/audit-log.ts';
import { requestBodies } from '../../src/db/schema/request-bodies.ts';
import worker from '../../src/index.ts';
import { gunzip } from '../../src/lib/gzip.ts';
import { waitFor } from '../support/wait-for.ts';
import { createKey, createTenant, database, post, variables } from './gateway.ts';
import { createJob, type Json, queryData, queryError, waitForStatus } from './graphql.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const read = `query ($id: ID!) { requestBodies(requestId: $id) {
  requestId tenantId request reply isRequestCut isReplyCut expiresAt } }`;
const secret = 'sk-proj-Q7x9Zk2Lm4Np8Rt6Vw3Yb5';

let admin: Tenant;
let all: Tenant;
let errors: Tenant;

async function rowsOf({ tenantId }: Tenant, expected: number) {
  return await waitFor(async () => {
    const rows = await database.select().from(requestBodies).where(eq(requestBodies.tenantId, tenantId));
    expect(rows).toHaveLength(expected);
    return rows;
  });
}

async function kept(id: string | null): Promise<Json> {
  return await waitFor(async () => {
    const { requestBodies: bodies } = await queryData<{ requestBodies: Json | null }>(admin.key, read, { id });
    if (!bodies) throw new Error('no bodies yet');
    return bodies;
  });
}

async function call(tenant: Tenant, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await post(path, body, { 'x-api-key': tenant.key, ...headers });
  const text = await response.text();
  return { status: response.status, id: response.headers.get('x-request-id'), text };
}

const chat = (fields: Json = {}, content = 'Hello') => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content }],
  ...fields,
});

beforeAll(async () => {
  [admin, all, errors] = await Promise.all([
    createTenant({ scopes: ['admin'] }),
    createTenant({ keepBodies: 'all', endUser: 'keeper' }),
    createTenant({ keepBodies: 'errors' }),
  ]);
});

describe('a key that keeps all bodies', () => {
  test.each([
    ['passed', '/v1/chat/completions', chat()],
    ['translated', '/v1/chat/completions', chat({ model: 'claude-haiku-4-5' })],
    ['Messages', '/v1/messages', chat({ model: 'claude-haiku-4-5', max_tokens: 10 })],
    ['native', '/api/chat/completions', { messages: [{ role: 'user', content: 'Hello' }], provider: 'stub' }],
    ['passed, as a stream', '/v1/chat/completions', chat({ stream: true })],
    ['translated, as a stream', '/v1/chat/completions', chat({ model: 'claude-haiku-4-5', stream: true })],
  ])('keeps them as the client sent and got them: %s', async (_, path, body) => {
    const { id, text, status } = await call(all, path, body);
    expect(status).toBe(200);
    const bodies = await kept(id);
    expect(bodies).toMatchObject({ requestId: id, tenantId: all.tenantId, isRequestCut: false, isReplyCut: false });
    expect(JSON.parse(String(bodies.request))).toEqual(body);
    expect(bodies.reply).toBe(text);
    const days = (Date.parse(String(bodies.expiresAt)) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.1);
  });

  test('names the end user, and masks secrets and its own key before it writes', async () => {
    const { id } = await call(all, '/v1/chat/completions', chat({ model: 'stub' }, `My keys: ${secret}, ${all.key}.`));
    const bodies = await kept(id);
    expect(bodies.request).toContain('My keys: [redacted], [redacted].');
    const [row] = await database
      .select()
      .from(requestBodies)
      .where(eq(requestBodies.requestId, String(id)));
    expect(row?.endUser).toBe('keeper');
    const stored = row?.request ? await gunzip(new Uint8Array(row.request)) : '';
    expect(stored).toContain('My keys: [redacted]');
    expect(bodies.reply).not.toContain(secret);
  });

  test('cuts long bodies, and lets the client have them whole', async () => {
    const { id, text } = await call(all, '/v1/chat/completions', chat({ model: 'stub' }, 'word '.repeat(20_000)));
    expect(text.length).toBeGreaterThan(70_000);
    const bodies = await kept(id);
    expect(bodies).toMatchObject({ isRequestCut: true, isReplyCut: true });
    expect(String(bodies.request)).toHaveLength(65_536);
    expect(text.startsWith(String(bodies.reply))).toBe(true);
    const stream = await call(
      all,
      '/v1/chat/completions',
      chat({ model: 'stub', stream: true }, 'word '.repeat(20_000)),
    );
    expect(stream.text.trimEnd().endsWith('[DONE]')).toBe(true);
    expect((await kept(stream.id)).isReplyCut).toBe(true);
  });

  test('keeps the request and the result of a job, and nothing of its creation', async () => {
    const owner = await createTenant({ keepBodies: 'all' });
    const id = await createJob(owner.key, { input: `Tell ${secret}` });
    await waitForStatus(owner.key, id, 'COMPLETED');
    const [row] = await rowsOf(owner, 1);
    const bodies = await kept(row?.requestId ?? null);
    expect(bodies.request).toContain('Tell [redacted]');
    expect(bodies.reply).toEqual(expect.any(String));
    await call(owner, '/api/jobs', { messages: [{ role: 'user', content: 'Hello' }], provider: 'stub' });
    await rowsOf(owner, 2);
  });

  test('leaves media out', async () => {
    const before = await database.$count(requestBodies, eq(requestBodies.tenantId, all.tenantId));
    const form = new FormData();
    form.set('model', 'whisper-1');
    form.set('file', new File(['audio'], 'a.wav'));
    const request = new Request<unknown, IncomingRequestCfProperties>('http://gateway.test/v1/audio/transcriptions', {
      method: 'POST',
      headers: { 'x-api-key': all.key },
      body: form,
    });
    const context = createExecutionContext();
    const response = await worker.fetch(request, env, context);
    const id = response.headers.get('x-request-id');
    await response.text();
    await waitOnExecutionContext(context);
    const [row] = await database
      .select()
      .from(requestBodies)
      .where(eq(requestBodies.requestId, String(id)));
    expect(row?.request ?? null).toBeNull();
    expect(await database.$count(requestBodies, eq(requestBodies.tenantId, all.tenantId))).toBeGreaterThanOrEqual(
      before,
    );
  });
});

describe('a key that keeps the bodies of errors', () => {
  test('keeps refusals, failures and streams that fail, and nothing else', async () => {
    expect((await call(errors, '/v1/chat/completions', chat({ model: 'stub' }))).status).toBe(200);
    await call(errors, '/v1/chat/completions', chat({ model: 'stub', stream: true }));
    const refused = await call(errors, '/v1/chat/completions', chat({ model: 'stub' }, 'none'), {
      'x-gateway-max-attempts': '99',
    });
    expect(refused.status).toBe(400);
    const failed = await call(errors, '/v1/chat/completions', chat({ model: 'stub-error' }));
    expect(failed.status).toBe(500);
    expect(await kept(refused.id)).toMatchObject({ reply: refused.text, request: expect.stringContaining('"none"') });
    expect(await kept(failed.id)).toMatchObject({ reply: failed.text });
    await rowsOf(errors, 2);
  });
});

test('a key without keepBodies, and a revoked one, keep nothing', async () => {
  const { tenantId } = await createTenant();
  const owner = { tenantId, ...(await createKey(tenantId)) };
  await call(owner, '/v1/chat/completions', chat({ model: 'stub' }));
  await call(owner, '/v1/chat/completions', { model: 'stub', messages: 'none' });
  await rowsOf(owner, 0);
});

test('a write that fails does not touch the request', async () => {
  const owner = await createTenant({ keepBodies: 'all' });
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const isWrite = String(input) === variables.DATABASE_HTTP_URL && String(init?.body).includes('request_bodies');
    if (isWrite) throw new Error('away');
    return await realFetch(input, init);
  };
  try {
    const request = new Request<unknown, IncomingRequestCfProperties>('http://gateway.test/v1/chat/completions', {
      method: 'POST',
      headers: { 'x-api-key': owner.key, 'content-type': 'application/json' },
      body: JSON.stringify(chat({ model: 'stub' })),
    });
    const context = createExecutionContext();
    const response = await worker.fetch(request, env, context);
    expect([response.status, (await response.text()).includes('Hello')]).toEqual([200, true]);
    await waitOnExecutionContext(context);
  } finally {
    globalThis.fetch = realFetch;
  }
  await rowsOf(owner, 0);
});

test('a request whose body breaks off keeps its error alone', async () => {
  const owner = await createTenant({ keepBodies: 'all' });
  const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error('broken off')) });
  const request = new Request<unknown, IncomingRequestCfProperties>('http://gateway.test/v1/chat/completions', {
    method: 'POST',
    headers: { 'x-api-key': owner.key, 'content-type': 'application/json', 'content-length': '100' },
    body,
  });
  const context = createExecutionContext();
  const response = await worker.fetch(request, env, context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  const [row] = await rowsOf(owner, 1);
  expect([row?.requestId, row?.request]).toEqual([response.headers.get('x-request-id'), null]);
  expect(await kept(row?.requestId ?? null)).toMatchObject({ request: null, reply: text });
});

describe('reading', () => {
  test('needs the scope admin, and is an entry of the audit log each time', async () => {
    const { id } = await call(all, '/v1/chat/completions', chat({ model: 'stub' }));
    await kept(id);
    expect(await queryError(all.key, read, { id })).toEqual(['forbidden', expect.any(String)]);
    await kept(id);
    const entries = await database
      .select()
      .from(auditLog)
      .where(eq(auditLog.subjectId, String(id)));
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({ action: 'request_bodies.read', actorId: admin.keyId, tenantId: all.tenantId });
  });

  test.each(['req_unknown', 'nonsense', "req_'; --"])('of %s is null, and no entry', async (id) => {
    expect(await queryData(admin.key, read, { id })).toEqual({ requestBodies: null });
    expect(await database.$count(auditLog, eq(auditLog.subjectId, id))).toBe(0);
  });

  test('ends when they expire, and cron deletes them', async () => {
    const { id } = await call(all, '/v1/chat/completions', chat({ model: 'stub' }));
    await kept(id);
    await database.execute(sql`UPDATE request_bodies SET expires_at = now() - interval '1 s' WHERE request_id = ${id}`);
    expect(await queryData(admin.key, read, { id })).toEqual({ requestBodies: null });
    expect(await purgeRequestBodies(database, 100)).toBeGreaterThan(0);
    expect(await database.$count(requestBodies, eq(requestBodies.requestId, String(id)))).toBe(0);
    expect(await database.$count(apiKeys, eq(apiKeys.id, all.keyId))).toBe(1);
  });
});
