import { eq, sql } from 'drizzle-orm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hashKey } from '../../src/auth/hash-key.ts';
import { createApiKeyText } from '../../src/auth/key-format.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { responses } from '../../src/db/schema/responses.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { createTenant, database, ledgerRows, post, send, variables } from './gateway.ts';
import { findRequest } from './openai-client.ts';
import { lastResponse, openSocket, readHeaders, requestUpgrade, TestSocket } from './responses-websocket.ts';

const realNow = Date.now;
afterEach(() => vi.restoreAllMocks());
const moveClock = (ms: number) => vi.spyOn(Date, 'now').mockImplementation(() => realNow() + ms);

const providers = [
  { name: 'Stub', model: 'stub' },
  { name: 'Claude', model: 'claude-haiku-4-5' },
  { name: 'Ollama', model: 'ollama/llama3.2' },
  { name: 'OpenAI', model: 'gpt-4o-mini' },
];
const echo = (model: string, text: string) => (model === 'stub' ? text : `[[scenario:echo]] ${text}`);
const notFound = {
  type: 'error',
  status: 400,
  error: { type: 'invalid_request_error', code: 'previous_response_not_found', param: 'previous_response_id' },
};

/** A deployed Worker takes no other ones. */
async function createPrefixedKey() {
  const tenant = await createTenant();
  const key = createApiKeyText();
  await database
    .update(apiKeys)
    .set({ keyHash: await hashKey(key) })
    .where(eq(apiKeys.id, tenant.keyId));
  return { ...tenant, key };
}

describe('the upgrade', () => {
  it('needs a key', async () => {
    const response = await requestUpgrade({});
    expect([response.status, response.webSocket]).toEqual([401, null]);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_api_key' } });
    const { keyId, key } = await createTenant();
    await database
      .update(apiKeys)
      .set({ scopes: ['read'] })
      .where(eq(apiKeys.id, keyId));
    expect((await requestUpgrade({ headers: { 'x-api-key': key } })).status).toBe(403);
  });

  it('is required', async () => {
    const { key } = await createTenant();
    const response = await send('/v1/responses', { headers: { 'x-api-key': key } });
    expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'websocket']);
    expect(await response.json()).toMatchObject({ error: { code: 'upgrade_required' } });
  });

  it('takes the key as a subprotocol and answers with the other one', async () => {
    const { key } = await createTenant();
    const response = await requestUpgrade({ headers: { 'sec-websocket-protocol': `responses, key.${key}` } });
    expect([response.status, response.headers.get('sec-websocket-protocol')]).toEqual([101, 'responses']);
    const socket = new TestSocket(response.webSocket ?? expect.unreachable());
    expect(lastResponse(await socket.create({ model: 'stub', input: 'Hi' })).store).toBe(false);
    const alone = await requestUpgrade({ headers: { 'sec-websocket-protocol': `key.${key}` } });
    expect([alone.status, await alone.json()]).toMatchObject([
      400,
      { error: { message: 'Sec-WebSocket-Protocol must include responses, or be left out.' } },
    ]);
  });

  it('is a 429 beyond 100 connections of a tenant, until one of them ends', async () => {
    const { key } = await createTenant();
    const sockets: TestSocket[] = [];
    for (let count = 0; count < 100; count += 1) sockets.push(await openSocket(key));
    const headers = { 'x-api-key': key };
    const refused = await requestUpgrade({ headers });
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      {
        error: { message: expect.stringContaining('Close one, or send a POST request.'), code: 'rate_limit_exceeded' },
      },
    ]);
    expect((await requestUpgrade({ headers: { 'x-api-key': (await createTenant()).key } })).status).toBe(101);
    sockets.pop()?.close();
    await expect.poll(async () => (await requestUpgrade({ headers })).status).toBe(101);
    for (const socket of sockets) socket.close();
  });

  it('obeys CORS_ORIGINS', async () => {
    const { key } = await createPrefixedKey();
    const open = async (origin: string, list?: string) => {
      const variables = { ENVIRONMENT: 'deployed', ...(list !== undefined && { CORS_ORIGINS: list }) };
      return await requestUpgrade({ headers: { 'x-api-key': key, origin }, variables });
    };
    expect((await open('https://app.example.com')).status).toBe(403);
    expect((await open('https://app.example.com', 'https://other.example.com')).status).toBe(403);
    const allowed = await open('https://app.example.com', 'https://app.example.com');
    const socket = new TestSocket(allowed.webSocket ?? expect.unreachable());
    expect(lastResponse(await socket.create({ model: 'claude-haiku-4-5', input: 'Hi' })).id).toMatch(/^resp_/);
    expect((await open('http://gateway.test')).status).toBe(101);
  });
});

describe.each(providers)('a turn of $name', ({ model }) => {
  it('has the events of a stream, and is billed like one', async () => {
    const { tenantId, key } = await createTenant();
    const socket = await openSocket(key);
    const request = { model, input: echo(model, 'Say hello.'), store: false };
    const turn = await socket.create(request);
    const stream = await post('/v1/responses', { ...request, stream: true }, { 'x-api-key': key });
    const types = [...(await stream.text()).matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(turn.map(({ type }) => type)).toEqual(types);
    const [first, ...others] = turn;
    expect(first?.headers).toMatchObject({ 'x-request-id': expect.stringMatching(/^req_/) });
    expect(others.filter((message) => 'headers' in message)).toEqual([]);
    const [overSocket, overHttp] = await ledgerRows(tenantId, 2);
    const { inputTokens, outputTokens, costNanoUsd, source, status } = overHttp ?? expect.unreachable();
    expect(overSocket).toMatchObject({ inputTokens, outputTokens, costNanoUsd, source, status });
    expect(overSocket?.requestId).toBe(readHeaders(first)['x-request-id']);
    socket.close();
  });

  it('continues a response that is not stored', async () => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    const mark = crypto.randomUUID();
    const first = lastResponse(await socket.create({ model, input: echo(model, `One ${mark}.`), store: false }));
    const request = { model, input: echo(model, `Two ${mark}.`), store: false, previous_response_id: first.id };
    const turn = await socket.create(request);
    expect(lastResponse(turn)).toMatchObject({ previous_response_id: first.id });
    expect(turn[0]).toMatchObject({ response: { previous_response_id: first.id } });
    const third = await socket.create({
      model,
      input: 'Three.',
      previous_response_id: lastResponse(turn).id,
      store: false,
    });
    expect(third.at(-1)?.type).toBe('response.completed');
    if (model === 'stub') return;
    const sent = JSON.stringify((await findRequest(`Two ${mark}`)).body);
    const positions = [`One ${mark}`, '"assistant"', `Two ${mark}`].map((text) => sent.indexOf(text));
    expect(positions[0]).toBeGreaterThan(0);
    expect(positions).toEqual(positions.toSorted((left, right) => left - right));
    expect(sent).not.toContain('previous_response_id');
    socket.close();
  });
});

describe('a connection', () => {
  it('runs turns one after the other, and names the stream of each', async () => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    for (const stream_id of ['a', 'b', undefined]) {
      socket.send({ type: 'response.create', model: 'stub', input: `Hi ${stream_id}`, stream_id });
    }
    for (const stream_id of ['a', 'b', undefined]) {
      const turn = await socket.readTurn();
      expect(turn.map((message) => message.stream_id)).toEqual(turn.map(() => stream_id));
      expect([turn[0]?.type, turn.at(-1)?.type]).toEqual(['response.created', 'response.completed']);
    }
    socket.close();
  });

  it('refuses more messages than can wait, and runs the others', async () => {
    const { key, tenantId } = await createTenant();
    const socket = await openSocket(key);
    const mark = crypto.randomUUID();
    socket.send({
      type: 'response.create',
      model: 'claude-haiku-4-5',
      input: `[[scenario:held after=2 mark=${mark}]] Hi`,
    });
    for (let count = 0; count < 19; count += 1) socket.send({ type: 'response.create', model: 'stub', input: 'Hi' });
    // The turn that runs has begun, and is not over.
    for (let count = 0; count < 3; count += 1) {
      expect((await socket.readTurn()).at(-1)).toMatchObject({ status: 429, error: { code: 'websocket_queue_full' } });
    }
    await fetch(`${variables.PROVIDER_URL}/_release?mark=${mark}`, { method: 'POST' });
    for (let count = 0; count < 17; count += 1) lastResponse(await socket.readTurn());
    await ledgerRows(tenantId, 17);
    socket.close();
  });

  const deep = `{"type":"response.create","model":"stub","input":${'['.repeat(300)}${']'.repeat(300)}}`;
  it.each([
    ['no JSON', '{', 400, 'invalid_request', null],
    ['no object', '[]', 400, 'invalid_request', null],
    ['another event', '{"type":"response.steer"}', 400, 'invalid_request', 'type'],
    ['background', '{"type":"response.create","background":true}', 400, 'invalid_request', 'background'],
    ['a wrong stream_id', '{"type":"response.create","stream_id":""}', 400, 'invalid_stream_id', 'stream_id'],
    ['a flood of brackets', deep, 400, 'invalid_request', null],
    ['more than 10 MiB', 'x'.repeat(10 * 1024 * 1024 + 1), 413, 'payload_too_large', null],
    [
      'a wrong field',
      '{"type":"response.create","model":"stub","input":"Hi","top_p":7}',
      400,
      'invalid_request',
      'top_p',
    ],
    ['an unknown model', '{"type":"response.create","model":"no/such","input":"Hi"}', 404, 'model_not_found', 'model'],
  ])('refuses %s, and goes on', async (_, text, status, code, param) => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    socket.send(text);
    expect(await socket.readTurn()).toMatchObject([{ type: 'error', status, error: { code, param } }]);
    expect(lastResponse(await socket.create({ model: 'stub', input: 'Hi' })).id).toMatch(/^resp_/);
    socket.close();
  });

  it('ends with a binary message', async () => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    socket.send(new ArrayBuffer(8));
    expect(await socket.readTurn()).toMatchObject([{ type: 'error', status: 400 }]);
    expect((await socket.readClose()).code).toBe(1003);
  });

  it('answers a limit with its headers', async () => {
    const { key } = await createTenant({ requestsPerMinute: 1 });
    const socket = await openSocket(key);
    const request = { model: 'stub', input: 'Hi' };
    const [first] = await socket.create(request);
    expect(first?.headers).toMatchObject({ 'x-ratelimit-limit-requests': '1' });
    expect(await socket.create(request)).toMatchObject([
      {
        type: 'error',
        status: 429,
        error: { code: 'rate_limit_exceeded' },
        headers: { 'retry-after': expect.stringMatching(/^\d+$/), 'x-gateway-error-source': 'gateway' },
      },
    ]);
    socket.close();
  });

  it('reports what the translation has dropped, by the items of the message', async () => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    const item = { role: 'user', content: [{ type: 'input_text', text: 'Hi', unknown: 1 }] };
    const first = await socket.create({ model: 'claude-haiku-4-5', input: [item], store: false });
    const previous_response_id = lastResponse(first).id;
    const second = await socket.create({
      model: 'claude-haiku-4-5',
      input: [item],
      store: false,
      previous_response_id,
    });
    const dropped = readHeaders(first[0])['x-gateway-dropped'];
    expect(dropped).toContain('input[0]');
    expect(second[0]?.headers).toMatchObject({ 'x-gateway-dropped': dropped });
    socket.close();
  });

  it('ends a reply that breaks off in one error', async () => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    for (const model of ['claude-haiku-4-5', 'gpt-4o-mini']) {
      const turn = await socket.create({ model, input: '[[scenario:cut after=2]] Hi' });
      expect(turn.at(-1)).toMatchObject({ type: 'error', status: 502, error: { code: 'provider_error' } });
      expect(turn.length).toBeGreaterThan(2);
    }
    expect((await socket.create({ model: 'stub', input: 'Hi' })).at(0)?.type).toBe('response.created');
    socket.close();
  });
});

describe('previous_response_id', () => {
  it('is unknown on another connection, of the same tenant and of another one', async () => {
    const [one, other] = [await createTenant(), await createTenant()];
    const socket = await openSocket(one.key);
    const { id } = lastResponse(await socket.create({ model: 'stub', input: 'sesame', store: false }));
    for (const key of [one.key, other.key]) {
      const second = await openSocket(key);
      const turn = await second.create({ model: 'stub', input: 'Hi', previous_response_id: id });
      expect(turn).toMatchObject([notFound]);
      second.close();
    }
    socket.close();
  });

  it('is unknown after a turn that continued it has failed', async () => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    const { id } = lastResponse(await socket.create({ model: 'stub', input: 'Hi', store: false }));
    const request = { model: 'stub', input: 'Hi', previous_response_id: id, store: false };
    expect(await socket.create({ ...request, top_p: 7 })).toMatchObject([{ type: 'error', status: 400 }]);
    expect(await socket.create(request)).toMatchObject([notFound]);
    socket.close();
  });

  it('finds stored responses, over HTTP and over a WebSocket', async () => {
    const { key, tenantId } = await createTenant({ storeResponses: true });
    const socket = await openSocket(key);
    const overHttp = await post('/v1/responses', { model: 'stub', input: 'One' }, { 'x-api-key': key });
    const { id } = (await overHttp.json()) as { id: string };
    const second = lastResponse(await socket.create({ model: 'stub', input: 'Two', previous_response_id: id }));
    expect(second).toMatchObject({ store: true, previous_response_id: id });
    socket.close();
    const again = await post(
      '/v1/responses',
      { model: 'stub', input: 'Three', previous_response_id: second.id },
      { 'x-api-key': key },
    );
    expect(await again.json()).toMatchObject({ previous_response_id: second.id, store: true });
    expect(await database.select().from(responses).where(eq(responses.tenantId, tenantId))).toHaveLength(3);
  });

  it('of a response that is not stored leads to one that is, with the whole conversation', async () => {
    const { key } = await createTenant({ storeResponses: true });
    const socket = await openSocket(key);
    const { id } = lastResponse(await socket.create({ model: 'stub', input: 'One', store: false }));
    const second = lastResponse(await socket.create({ model: 'stub', input: 'Two', previous_response_id: id }));
    expect(second.store).toBe(true);
    const items = await send(`/v1/responses/${second.id}/input_items?order=asc`, { headers: { 'x-api-key': key } });
    const text = await items.text();
    expect(text.indexOf('One')).toBeGreaterThan(0);
    expect(text.indexOf('Two')).toBeGreaterThan(text.indexOf('One'));
    socket.close();
  });

  it('continues a warm-up, which asks no model', async () => {
    const { key, tenantId } = await createTenant();
    const socket = await openSocket(key);
    const mark = crypto.randomUUID();
    const model = 'claude-haiku-4-5';
    const turn = await socket.create({ model, input: `Warm ${mark}.`, generate: false, store: false, stream_id: 'w' });
    expect(turn).toMatchObject([
      { type: 'response.created', stream_id: 'w' },
      { type: 'response.completed', stream_id: 'w', response: { output: [], usage: { total_tokens: 0 }, model } },
    ]);
    const request = { model, input: `Go ${mark}.`, previous_response_id: lastResponse(turn).id, store: false };
    lastResponse(await socket.create(request));
    expect(JSON.stringify((await findRequest(`Go ${mark}`)).body)).toContain(`Warm ${mark}`);
    await ledgerRows(tenantId, 1);
    const unknown = { model, input: 'Hi', generate: false, previous_response_id: 'resp_none' };
    expect(await socket.create(unknown)).toMatchObject([notFound]);
    socket.close();
  });
});

describe('the end of a connection', () => {
  it.each([
    [
      'its key is revoked',
      'invalid_api_key',
      ({ keyId }: { keyId: string }) =>
        database.update(apiKeys).set({ revokedAt: sql`now()` }).where(eq(apiKeys.id, keyId)),
    ],
    [
      'its tenant is suspended',
      'forbidden',
      ({ tenantId }: { tenantId: string }) =>
        database.update(tenants).set({ active: false }).where(eq(tenants.id, tenantId)),
    ],
  ] as const)('comes within five seconds when %s, also in mid-turn', async (_, code, change) => {
    const tenant = await createTenant();
    const sockets = [await openSocket(tenant.key), await openSocket(tenant.key)];
    const mark = crypto.randomUUID();
    const input = `[[scenario:held after=2 mark=${mark}]] Hi`;
    sockets[1]?.send({ type: 'response.create', model: 'claude-haiku-4-5', input });
    await vi.waitFor(() => expect(sockets[1]?.messages.length).toBeGreaterThan(3), { timeout: 20_000 });
    await change(tenant);
    moveClock(5_000);
    for (const socket of sockets) {
      expect((await socket.readTurn()).at(-1)).toMatchObject({ type: 'error', error: { code } });
      expect((await socket.readClose()).code).toBe(1008);
    }
    vi.restoreAllMocks();
    const [row] = await ledgerRows(tenant.tenantId, 1);
    expect(row?.status).toBe('client_gone');
  });

  it('comes after 60 minutes, with an error', async () => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    lastResponse(await socket.create({ model: 'stub', input: 'Hi' }));
    moveClock(60 * 60_000);
    expect(await socket.readTurn()).toMatchObject([
      { type: 'error', status: 400, error: { code: 'websocket_connection_limit_reached' } },
    ]);
    expect((await socket.readClose()).code).toBe(1001);
  });

  it('comes after 15 minutes without a message', async () => {
    const { key } = await createTenant();
    const socket = await openSocket(key);
    moveClock(15 * 60_000);
    expect(await socket.readClose()).toMatchObject({ code: 1000 });
    expect(socket.messages).toEqual([]);
  });

  it("comes before the platform's limit of subrequests, with an error", async () => {
    const { key, tenantId } = await createTenant();
    const socket = await openSocket(key, { variables: { MAX_SUBREQUESTS: '50' } });
    let turns = 0;
    for (; turns < 60; turns += 1) {
      const turn = await socket.create({ model: 'claude-haiku-4-5', input: 'Hi' });
      if (turn.at(-1)?.type === 'error') {
        expect(turn).toMatchObject([{ error: { code: 'websocket_connection_limit_reached' } }]);
        break;
      }
    }
    expect(turns).toBeGreaterThan(2);
    expect(turns).toBeLessThan(31);
    expect((await socket.readClose()).code).toBe(1001);
    const rows = await ledgerRows(tenantId, turns);
    expect(rows.every(({ status }) => status === 'completed')).toBe(true);
  });
});
