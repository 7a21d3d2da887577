import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { responses } from '../../src/db/schema/responses.ts';
import { parseEnv } from '../../src/env.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { ResponseStore } from '../../src/responses-store/response-store.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { createTenant, database, ledgerRows, post, send, variables } from './gateway.ts';
import { queryData } from './graphql.ts';
import { findRequest, openClient } from './openai-client.ts';

const store = new ResponseStore({ database, retentionDays: 0, logger: createLogger('error') });
const model = 'gpt-4o-mini';

async function readRows(tenantId: string) {
  const { id, provider, itemIds, input, output, reply } = responses;
  return await database
    .select({ id, provider, itemIds, input, output, reply })
    .from(responses)
    .where(eq(responses.tenantId, tenantId));
}

async function countRequests(containing: string): Promise<number> {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  return (await response.json<{ requests: object[] }>()).requests.length;
}

const nothing = { input: null, output: null, reply: null };

describe.each([
  ['openai', 'gpt-4o-mini'],
  ['acme', 'acme/acme-large'],
])('a response that %s stores', (provider, name) => {
  it.each([false, true])('is recorded for its tenant by its ids alone; streamed: %s', async (stream) => {
    const { client, headers, tenantId } = await openClient();
    const mark = crypto.randomUUID();
    const request = { model: name, input: `First ${mark}.` };
    const { id, output, output_text } = stream
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.create(request);
    // Right after the last event.
    expect(await readRows(tenantId)).toEqual([{ id, provider, itemIds: output.map((item) => item.id), ...nothing }]);
    const [row] = await database.select().from(responses).where(eq(responses.tenantId, tenantId));
    const days = ((row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0)) / 86_400_000;
    expect(days).toBeCloseTo(30, 1);

    const input = [
      { type: 'item_reference', id: output[0]?.id },
      { role: 'user', content: `Second ${mark}.` },
    ];
    const body = { model: name, input, previous_response_id: id, store: false };
    expect((await post('/v1/responses', body, headers)).status).toBe(200);
    expect((await findRequest(`Second ${mark}`)).body).toMatchObject({ input, previous_response_id: id });

    expect(await client.responses.retrieve(id)).toMatchObject({ id, object: 'response', output_text });
    const items = await client.responses.inputItems.list(id);
    expect(items.data).toMatchObject([{ content: [{ text: `First ${mark}.` }] }]);
    await client.responses.delete(id);
    expect(await readRows(tenantId)).toEqual([]);
    expect((await post('/v1/responses', body, headers)).status).toBe(404);
  });

  it.each([false, true])('is not recorded with store: false; streamed: %s', async (stream) => {
    const { headers, tenantId } = await openClient();
    await (await post('/v1/responses', { model: name, input: 'Hi', store: false, stream }, headers)).text();
    await ledgerRows(tenantId, 1);
    expect(await readRows(tenantId)).toEqual([]);
  });

  it('is not recorded where the reply breaks off', async () => {
    const { headers, tenantId } = await openClient();
    const body = { model: name, input: '[[scenario:cut]] Hi', stream: true };
    await (await post('/v1/responses', body, headers)).text();
    await ledgerRows(tenantId, 1);
    expect(await readRows(tenantId)).toEqual([]);
  });
});

/** A database that counts its statements. */
function countStatements() {
  const counted = { statements: 0 };
  const counting = new Proxy(database, {
    get(target, name) {
      if (name === 'execute') counted.statements += 1;
      return Reflect.get(target, name);
    },
  });
  return { counted, counting };
}

it.each([
  ['to a request that stores nothing', { store: false }, 0],
  ['to a request that is stored', {}, 1],
  [
    'to a request that is stored and continues two others',
    { previous_response_id: 'resp_a', input: [{ id: 'msg_b' }] },
    2,
  ],
])('adds statements %s', async (_name, fields, expected) => {
  const { tenantId, key } = await createTenant();
  await store.record({ tenantId, provider: 'openai', id: 'resp_a', itemIds: [] });
  await store.record({ tenantId, provider: 'openai', id: 'resp_b', itemIds: ['msg_b'] });
  const { counted, counting } = countStatements();
  const logger = createLogger('error');
  const parsed = parseEnv(env);
  const recording = new ResponseStore({ database: counting, retentionDays: 0, logger });
  const app = createApp({
    ...createServices(parsed),
    responses: recording,
    logger,
    corsOrigins: undefined,
    local: true,
  });
  for (const stream of [false, true]) {
    counted.statements = 0;
    const context = createExecutionContext();
    const body = JSON.stringify({ model, input: 'Hi', ...fields, stream });
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    const request = new Request('http://gateway.test/v1/responses', { method: 'POST', headers, body });
    const response = await app.fetch(request, parsed, context);
    await response.text();
    await waitOnExecutionContext(context);
    expect([response.status, counted.statements]).toEqual([200, expected]);
  }
});

describe('responses that are recorded at the same time', () => {
  const openStore = async () => {
    const { tenantId } = await createTenant();
    const { counted, counting } = countStatements();
    const recording = new ResponseStore({ database: counting, retentionDays: 0, logger: createLogger('error') });
    const record = (id: string, owner = tenantId) =>
      recording.record({ tenantId: owner, provider: 'openai', id, itemIds: [`msg_${id}`] });
    return { tenantId, counted, record };
  };

  it('share a statement, also where one comes twice', async () => {
    const { tenantId, counted, record } = await openStore();
    const ids = Array.from({ length: 20 }, (_, index) => `resp_${index}`);
    await Promise.all([...ids, ...ids].map((id) => record(id)));
    expect(counted.statements).toBe(2);
    expect((await readRows(tenantId)).map(({ id }) => id).sort()).toEqual(ids.toSorted());
  });

  it('are recorded though Postgres does not take one of them', async () => {
    const { tenantId, record } = await openStore();
    const ids = ['resp_1', 'resp_2', 'resp_3'];
    await Promise.all([...ids.map((id) => record(id)), record('resp_4', 'ten_deleted')]);
    expect((await readRows(tenantId)).map(({ id }) => id).sort()).toEqual(ids);
  });
});

/** Ids that are recorded for another tenant, or at another provider. */
async function openStranger() {
  const [owner, stranger] = await Promise.all([createTenant(), openClient()]);
  const id = `resp_${crypto.randomUUID().replaceAll('-', '')}`;
  const itemIds = [`msg_${id}`];
  await store.record({ tenantId: owner.tenantId, provider: 'openai', id, itemIds });
  await store.record({ tenantId: stranger.tenantId, provider: 'acme', id, itemIds });
  return { ...stranger, id, itemId: `msg_${id}` };
}

describe('an id that is not recorded for the tenant and the provider', () => {
  it.each<[string, (ids: { id: string; itemId: string }) => object, string]>([
    ['a response', ({ id }) => ({ previous_response_id: id }), 'previous_response_id'],
    ['a malformed id', () => ({ previous_response_id: 'a,b' }), 'previous_response_id'],
    ['an id that is no text', () => ({ previous_response_id: { id: 'resp_1' } }), 'previous_response_id'],
    ['a conversation', ({ id }) => ({ conversation: id }), 'conversation'],
    ['a conversation as an object', ({ id }) => ({ conversation: { id } }), 'conversation'],
    [
      'an item',
      ({ itemId }) => ({
        input: [
          { role: 'user', content: 'Hi' },
          { type: 'item_reference', id: itemId },
        ],
      }),
      'input[1].id',
    ],
    ['an item without a type', ({ itemId }) => ({ input: [{ id: itemId }] }), 'input[0].id'],
    ['an item whose type is null', ({ itemId }) => ({ input: [{ type: null, id: itemId }] }), 'input[0].id'],
  ])('is a 404, and sends nothing: %s', async (_name, createFields, param) => {
    const { headers, id, itemId } = await openStranger();
    const mark = crypto.randomUUID();
    const body = { model, input: 'Hi', instructions: mark, ...createFields({ id, itemId }) };
    const response = await post('/v1/responses', body, headers);
    const { error } = await response.json<{ error: object }>();
    expect([response.status, error]).toMatchObject([404, { code: 'previous_response_not_found', param }]);
    expect(await countRequests(mark)).toBe(0);
  });

  it.each(['GET /v1/responses/ID', 'DELETE /v1/responses/ID', 'GET /v1/responses/ID/input_items'])(
    'is a 404 of %s',
    async (route) => {
      const [owner, { client, headers }] = await Promise.all([createTenant(), openClient()]);
      const id = `resp_${crypto.randomUUID()}`;
      await store.record({ tenantId: owner.tenantId, provider: 'openai', id, itemIds: [] });
      const [method = '', path = ''] = route.split(' ');
      expect((await send(path.replace('ID', id), { method, headers })).status).toBe(404);
      expect(await client.responses.retrieve(id).catch((error: unknown) => error)).toBeInstanceOf(OpenAI.NotFoundError);
    },
  );

  it.each(['/v1/responses', '/v1/responses/compact'])('is a 400 of %s beyond 1,000 of them', async (path) => {
    const { headers, tenantId } = await openClient();
    const ids = Array.from({ length: 1001 }, (_, index) => `msg_${tenantId}_${index}`);
    await store.record({ tenantId, provider: 'openai', id: `resp_${tenantId}`, itemIds: ids });
    const refer = (named: string[]) => post(path, { model, input: named.map((id) => ({ id })) }, headers);
    const response = await refer(ids);
    const { error } = await response.json<{ error: object }>();
    expect([response.status, error]).toMatchObject([400, { param: 'input' }]);
    expect(JSON.stringify(error)).toContain('more than 1,000 stored items: send the items themselves');
    // The same one counts once.
    expect((await refer([...ids.slice(1), ...ids.slice(1)])).status).toBe(200);
  });

  it('is passed where nothing is named', async () => {
    const { headers } = await openStranger();
    const input = [{ type: 'message', role: 'user', content: 'Hi', id: 'msg_mine' }];
    const body = { model, input, previous_response_id: null, conversation: null };
    expect((await post('/v1/responses', body, headers)).status).toBe(200);
  });
});

it("answers the provider's own error for an id that it has forgotten", async () => {
  const { client, tenantId } = await openClient();
  await store.record({ tenantId, provider: 'openai', id: 'resp_gone', itemIds: [] });
  const error = await client.responses.retrieve('resp_gone').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 404, message: expect.stringContaining("'resp_gone' not found") });
});

describe("a tenant's own key", () => {
  let byok: Awaited<ReturnType<typeof openClient>>;
  const key = `sk-own-responses-${crypto.randomUUID()}`;

  beforeAll(async () => {
    const admin = await createTenant({ scopes: ['admin'] });
    byok = await openClient();
    const set =
      'mutation ($id: ID!, $key: String!) { setProviderKey(tenantId: $id, provider: "openai", key: $key) { ending } }';
    await queryData(admin.key, set, { id: byok.tenantId, key });
  });

  it('passes ids on unchecked, and records none', async () => {
    const mark = crypto.randomUUID();
    const fields = { previous_response_id: 'resp_mine', conversation: 'conv_mine' };
    const input = [
      { role: 'user', content: mark },
      { type: 'item_reference', id: 'msg_mine' },
    ];
    await (await post('/v1/responses', { model, ...fields, input }, byok.headers)).text();
    const { body, headers } = await findRequest(mark);
    expect(body).toMatchObject({ ...fields, input });
    expect(headers.authorization).toBe(`Bearer ${key}`);
    expect(await readRows(byok.tenantId)).toEqual([]);
  });

  it('reads any object of its account', async () => {
    // The provider of this test does not know the key, and says so.
    const response = await send('/v1/responses/resp_any', { headers: byok.headers });
    expect([response.status, response.headers.get('x-gateway-error-source')]).toEqual([502, 'provider']);
  });
});

it.each([false, true])('reaches its client though Postgres does not take its id; streamed: %s', async (stream) => {
  const { key } = await createTenant();
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('debug', (line) => lines.push(JSON.parse(line)));
  const parsed = parseEnv(env);
  const url = variables.DATABASE_URL ?? '';
  const unreachable = openDatabase({ url, httpUrl: 'http://127.0.0.1:1/sql', timeoutMs: 2_000 });
  const broken = new ResponseStore({ database: unreachable, retentionDays: 0, logger });
  const app = createApp({ ...createServices(parsed), responses: broken, logger, corsOrigins: undefined, local: true });
  const context = createExecutionContext();
  const body = JSON.stringify({ model, input: 'Hi', stream });
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  const init = { method: 'POST', headers, body };
  const response = await app.fetch(new Request('http://gateway.test/v1/responses', init), parsed, context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  expect([response.status, text.includes('"status":"completed"')]).toEqual([200, true]);
  expect(lines.map(({ message }) => message)).toContain('the id of a response could not be recorded');
});
