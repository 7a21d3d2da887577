import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { responses } from '../../src/db/schema/responses.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { parseEnv } from '../../src/env.ts';
import { purge } from '../../src/jobs/purge.ts';
import { toBase64 } from '../../src/lib/base64-url.ts';
import { gzip } from '../../src/lib/gzip.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { ResponseStore } from '../../src/responses-store/response-store.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { createTenant, database, ledgerRows, post, send, variables } from './gateway.ts';
import { findRequest, openClient } from './openai-client.ts';

const storing = { storeResponses: true };
const providers = [
  { name: 'Claude', model: 'claude-haiku-4-5' },
  { name: 'Ollama', model: 'ollama/llama3.2' },
  { name: 'Stub', model: 'stub' },
];
const echo = (model: string, text: string) => (model === 'stub' ? text : `[[scenario:echo]] ${text}`);

type Params = Omit<OpenAI.Responses.ResponseCreateParams, 'stream'>;

async function create(client: OpenAI, params: Params, stream = false) {
  return stream ? await client.responses.stream(params).finalResponse() : await client.responses.create(params);
}

async function getError(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

async function readRows(tenantId: string) {
  const { id, previousId, provider } = responses;
  return await database
    .select({ id, previousId, provider })
    .from(responses)
    .where(eq(responses.tenantId, tenantId))
    .orderBy(id);
}

const notFound = { status: 404, code: 'previous_response_not_found', param: 'previous_response_id' };

describe.each(providers)('a response of $name', ({ model }) => {
  it.each([false, true])('is stored, continued, listed and deleted; streamed: %s', async (stream) => {
    const { client, tenantId } = await openClient(storing);
    const mark = crypto.randomUUID();
    const instructions = `Be ${mark}.`;
    const first = await create(client, { model, instructions, input: echo(model, `One ${mark}.`) }, stream);
    expect(first).toMatchObject({ store: true, status: 'completed', previous_response_id: null });
    const request = { model, input: echo(model, `Two ${mark}.`), previous_response_id: first.id };
    const second = await create(client, request, stream);
    expect(second).toMatchObject({ store: true, previous_response_id: first.id, instructions: null });
    if (model !== 'stub') {
      const sent = JSON.stringify((await findRequest(`Two ${mark}`)).body);
      const positions = [`One ${mark}`, `"assistant"`, `Two ${mark}`].map((text) => sent.indexOf(text));
      expect(positions).toEqual(positions.toSorted((left, right) => left - right));
      expect(positions[0]).toBeGreaterThan(0);
      expect(sent).not.toContain(instructions);
    }
    const [firstRow, secondRow] = await ledgerRows(tenantId, 2);
    expect(secondRow?.inputTokens).toBeGreaterThan(model === 'stub' ? (firstRow?.inputTokens ?? 0) : 0);

    const { id, object, usage, created_at, completed_at } = first;
    const retrieved = await client.responses.retrieve(id);
    expect(retrieved).toMatchObject({ id, object, usage, created_at, completed_at, instructions, store: true });
    expect([retrieved.output_text, retrieved.output[0]?.id]).toEqual([first.output_text, first.output[0]?.id]);
    expect(await readRows(tenantId)).toEqual([
      { id, previousId: null, provider: null },
      { id: second.id, previousId: id, provider: null },
    ]);

    const items = [];
    for await (const item of client.responses.inputItems.list(second.id, { order: 'asc', limit: 1 })) items.push(item);
    expect(items).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: expect.stringContaining('One') }] },
      { type: 'message', role: 'assistant', id: first.output[0]?.id },
      { type: 'message', role: 'user', id: expect.stringMatching(/^msg_/) },
    ]);
    expect((await client.responses.inputItems.list(second.id)).data).toEqual(items.toReversed());
    expect((await client.responses.inputItems.list(id)).data).toEqual([items[0]]);

    await client.responses.delete(id);
    expect(await getError(client.responses.retrieve(id))).toBeInstanceOf(OpenAI.NotFoundError);
    expect(await getError(client.responses.delete(id))).toBeInstanceOf(OpenAI.NotFoundError);
    expect(await getError(create(client, { ...request, previous_response_id: second.id }))).toMatchObject(notFound);
    expect((await client.responses.inputItems.list(second.id)).data).toHaveLength(1);
  });

  it('is continued by the results of its tools alone', async () => {
    const { client } = await openClient(storing);
    const tools: OpenAI.Responses.FunctionTool[] = [
      { type: 'function', name: 'look', parameters: { type: 'object', properties: {} }, strict: false },
    ];
    const first = await create(client, { model, tools, input: echo(model, '[[tool:look]] Well?') }, true);
    const call =
      first.output.flatMap((item) => (item.type === 'function_call' ? [item] : []))[0] ?? expect.unreachable();
    const result = { type: 'function_call_output' as const, call_id: call.call_id, output: 'look says ☔' };
    const second = await create(client, { model, tools, input: [result], previous_response_id: first.id });
    expect(second.output_text).toContain('look says ☔');
    const { data } = await client.responses.inputItems.list(second.id);
    expect(data.map(({ type }) => type)).toEqual(['function_call_output', 'function_call', 'message']);
  });

  it('is not stored with store: false', async () => {
    const { client, tenantId } = await openClient(storing);
    const response = await create(client, { model, input: echo(model, 'Hi'), store: false }, true);
    expect(response).toMatchObject({ store: false });
    expect(await getError(client.responses.retrieve(response.id))).toBeInstanceOf(OpenAI.NotFoundError);
    expect(await readRows(tenantId)).toEqual([]);
  });

  it('is not stored where the reply breaks off', async () => {
    const { client, tenantId } = await openClient(storing);
    const failing = model === 'stub' ? 'stub-cut' : model;
    const error = await getError(create(client, { model: failing, input: '[[scenario:cut]] Hi there.' }, true));
    expect(error).toBeInstanceOf(OpenAI.APIError);
    await ledgerRows(tenantId, 1);
    expect(await readRows(tenantId)).toEqual([]);
  });
});

it('is continued on another provider', async () => {
  const { client } = await openClient(storing);
  const mark = crypto.randomUUID();
  const first = await create(client, { model: 'stub', input: `Remember ${mark}.` });
  const input = echo('claude', `Again ${mark}.`);
  await create(client, { model: 'claude-haiku-4-5', input, previous_response_id: first.id });
  expect(JSON.stringify((await findRequest(`Again ${mark}`)).body)).toContain(`Stub reply to: Remember ${mark}.`);
});

it.each(providers)('is referred to by the ids of its items: $name', async ({ model }) => {
  const { client, headers } = await openClient(storing);
  const mark = crypto.randomUUID();
  const first = await create(client, { model: 'stub', input: `Remember ${mark}.` });
  const reference = { type: 'item_reference' as const, id: first.output[0]?.id ?? '' };
  const user = { role: 'user' as const, content: echo(model, `Again ${mark}.`) };
  const second = await create(client, { model, input: [reference, user] });
  if (model !== 'stub') {
    expect(JSON.stringify((await findRequest(`Again ${mark}`)).body)).toContain(`Stub reply to: Remember ${mark}.`);
  }
  const { data } = await client.responses.inputItems.list(second.id, { order: 'asc' });
  expect(data[0]).toMatchObject({ id: reference.id, type: 'message', role: 'assistant' });
  const stranger = await openClient(storing);
  const body = { model, input: [reference, user] };
  const answers = [
    await post('/v1/responses', body, stranger.headers),
    await post('/v1/responses', { ...body, input: [{ id: `${reference.id}9` }] }, headers),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
});

describe('items that a request refers to', () => {
  const post400 = async (input: object[], headers: Record<string, string>) => {
    const response = await post('/v1/responses', { model: 'stub', input }, headers);
    const { error } = await response.json<{ error: { param: string; message: string } }>();
    expect([response.status, error.param]).toEqual([400, 'input']);
    return error.message;
  };

  it('have at most 10 MiB in all places together', async () => {
    const { client, headers } = await openClient(storing);
    const { output } = await create(client, { model: 'stub', input: 'x'.repeat(300_000) });
    const reference = { type: 'item_reference', id: output[0]?.id };
    const refer = (count: number) => Array.from({ length: count }, () => reference);
    const some = await post('/v1/responses', { model: 'stub', input: refer(2) }, headers);
    expect(some.status).toBe(200);
    expect(await post400(refer(10_000), headers)).toContain('more than 10 MiB: send a part of the conversation');
    expect(await post400(refer(36), headers)).toContain('more than 10 MiB');
  });

  it('are of at most 200 responses', async () => {
    const { headers } = await openClient(storing);
    const input = Array.from({ length: 201 }, (_, index) => ({ id: `msg_${String(index).padStart(26, '0')}_0` }));
    expect(await post400(input, headers)).toContain('more than 200 responses');
  });
});

it('has numbers in schemas and arguments digit for digit', async () => {
  const { key } = await createTenant(storing);
  const headers = { 'x-api-key': key };
  const parameters = '{"type":"object","properties":{"n":{"type":"integer","maximum":12345678901234567890}}}';
  const call = '{"type":"function_call","call_id":"c","name":"f","arguments":{"n":12345678901234567890}}';
  const output = '{"type":"function_call_output","call_id":"c","output":"ok"}';
  const tools = `[{"type":"function","name":"f","parameters":${parameters}}]`;
  const body = `{"model":"stub","tools":${tools},"input":[{"role":"user","content":"Hi"},${call},${output}]}`;
  const { id } = await (await post('/v1/responses', body, headers)).json<{ id: string }>();
  expect(await (await send(`/v1/responses/${id}`, { headers })).text()).toContain(`"parameters":${parameters}`);
  const items = await (await send(`/v1/responses/${id}/input_items`, { headers })).json<{ data: object[] }>();
  expect(items.data[1]).toMatchObject({ type: 'function_call', arguments: '{"n":12345678901234567890}' });
});

describe('a tenant whose responses are not stored', () => {
  it('is told that store becomes false', async () => {
    const { key, tenantId } = await createTenant();
    const response = await post('/v1/responses', { model: 'stub', input: 'Hi', store: true }, { 'x-api-key': key });
    expect(response.headers.get('x-gateway-adjusted')).toBe('store');
    const { id, store } = await response.json<{ id: string; store: boolean }>();
    expect(store).toBe(false);
    expect(await readRows(tenantId)).toEqual([]);
    const body = { model: 'stub', input: 'Hi', previous_response_id: id };
    const continued = await post('/v1/responses', body, { 'x-api-key': key });
    expect(continued.status).toBe(404);
    const { code, param } = notFound;
    expect(await continued.json()).toMatchObject({ error: { code, param, type: 'not_found_error' } });
  });
});

it.each(['resp_none', `resp_${'x'.repeat(5000)}`, "resp_' OR true --", '%00', '☃'])(
  'finds nothing by the forged id %j',
  async (id) => {
    const { headers } = await openClient(storing);
    const path = `/v1/responses/${encodeURIComponent(id)}`;
    expect((await send(path, { headers })).status).toBe(404);
    expect((await send(path, { headers, method: 'DELETE' })).status).toBe(404);
    const body = { model: 'stub', input: 'Hi', previous_response_id: id };
    expect((await post('/v1/responses', body, headers)).status).toBe(id.length > 256 ? 400 : 404);
  },
);

it.each([
  ['GET', '?stream=true', 'stream'],
  ['GET', '/input_items?limit=0', 'limit'],
  ['GET', '/input_items?limit=101', 'limit'],
  ['GET', '/input_items?order=up', 'order'],
  ['GET', '/input_items?after=msg_none', 'after'],
  ['POST', '/cancel', null],
])('rejects %s %s', async (method, suffix, param) => {
  const { client, headers } = await openClient(storing);
  const { id } = await create(client, { model: 'stub', input: 'Hi' });
  const response = await send(`/v1/responses/${id}${suffix}`, { method, headers });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
});

const encode = async (items: unknown) => toBase64((await gzip(JSON.stringify(items), 1e6)) ?? expect.unreachable());

/** Inserts a conversation of so many responses. Returns the id of the last. */
async function insertChain(tenantId: string, length: number, { contentLength = 100, days = 1 } = {}) {
  const message = (role: string, text: string) => encode([{ type: 'message', role, content: text }]);
  const [input, output] = await Promise.all([message('user', 'Ping.'), message('assistant', 'Pong.')]);
  await database.execute(sql`
    INSERT INTO ${responses} (tenant_id, id, previous_id, input, output, reply, content_length, expires_at)
    SELECT ${tenantId}, 'resp_' || n, CASE WHEN n > 1 THEN 'resp_' || n - 1 END, decode(${input}, 'base64'),
      decode(${output}, 'base64'), decode(${await encode({})}, 'base64'), ${contentLength}, now() + ${days} * interval '1 day'
    FROM generate_series(1, ${length}) AS n`);
  return `resp_${length}`;
}

describe('a long conversation', () => {
  it('may have 200 responses', async () => {
    const { client, tenantId } = await openClient(storing);
    const previous_response_id = await insertChain(tenantId, 200);
    const response = await create(client, { model: 'stub', input: 'Last.', previous_response_id });
    expect(response.output_text).toContain('Last.');
    expect(response.usage?.input_tokens).toBeGreaterThan(400);
    const { data, has_more } = await client.responses.inputItems.list(response.id, { limit: 100 });
    expect([data.length, has_more]).toEqual([100, true]);
    const error = await getError(create(client, { model: 'stub', input: 'Hi', previous_response_id: response.id }));
    expect(error).toMatchObject({ status: 400, param: 'previous_response_id' });
  });

  it('may have 10 MiB', async () => {
    const { client, tenantId } = await openClient(storing);
    const previous_response_id = await insertChain(tenantId, 11, { contentLength: 1_000_000 });
    const error = await getError(create(client, { model: 'stub', input: 'Hi', previous_response_id }));
    expect(error).toMatchObject({
      status: 400,
      param: 'previous_response_id',
      message: expect.stringMatching(/10 MiB/),
    });
  });

  it('is counted whole by input_tokens', async () => {
    const { headers, tenantId } = await openClient(storing);
    const previous_response_id = await insertChain(tenantId, 10);
    const count = async (fields: object) => {
      const response = await post('/v1/responses/input_tokens', { model: 'stub', input: 'Hi', ...fields }, headers);
      return await response.json<{ input_tokens: number }>();
    };
    const alone = await count({});
    expect(alone).toEqual({ object: 'response.input_tokens', input_tokens: expect.any(Number), estimated: true });
    expect((await count({ previous_response_id })).input_tokens).toBeGreaterThan(alone.input_tokens + 20);
    expect((await count({ model: 'gpt-4o-mini' })).input_tokens).toBeGreaterThan(0);
    expect(await database.$count(responses, eq(responses.tenantId, tenantId))).toBe(10);
  });
});

describe('a response of more than 1 MiB compressed', () => {
  it.each([false, true])('is not stored, and says so; streamed: %s', async (stream) => {
    const { headers, tenantId } = await openClient(storing);
    const bytes = Array.from({ length: 28 }, () => crypto.getRandomValues(new Uint8Array(65_536)));
    const input = `Hi ${bytes.map(toBase64).join('')}`;
    const body = {
      model: 'stub',
      input: [
        { role: 'user', content: input },
        { role: 'user', content: 'Hi' },
      ],
      stream,
    };
    const response = await post('/v1/responses', body, headers);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toMatch(/"store":false/);
    if (stream) expect(text.slice(text.lastIndexOf('event: '))).toMatch(/^event: response\.completed\n.*"store":false/);
    else expect(response.headers.get('x-gateway-adjusted')).toBe('store');
    expect(await readRows(tenantId)).toEqual([]);
  });
});

it.each([false, true])('reaches its client though Postgres does not take it; streamed: %s', async (stream) => {
  const { key } = await createTenant(storing);
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('debug', (line) => lines.push(JSON.parse(line)));
  const parsed = parseEnv(env);
  const unreachable = openDatabase({
    url: variables.DATABASE_URL ?? '',
    httpUrl: 'http://127.0.0.1:1/sql',
    timeoutMs: 2_000,
  });
  const store = new ResponseStore({ database: unreachable, retentionDays: 30, logger });
  const app = createApp({ ...createServices(parsed), responses: store, logger, corsOrigins: undefined, local: true });
  const context = createExecutionContext();
  const body = JSON.stringify({ model: 'stub', input: 'Secret.', stream });
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  const request = new Request('http://gateway.test/v1/responses', { method: 'POST', headers, body });
  const response = await app.fetch(request, parsed, context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  expect(response.status).toBe(200);
  expect(text).toContain('Stub reply to: Secret.');
  expect(text.slice(stream ? text.lastIndexOf('event: ') : 0)).toContain('"store":false');
  const line = lines.find(({ message }) => message === 'a response could not be stored');
  expect(line).toMatchObject({ level: 'error', responseId: expect.stringMatching(/^resp_/) });
  expect(lines.find(({ message }) => message === 'request')).toMatchObject(stream ? {} : { adjusted: 'store' });
  expect(JSON.stringify(lines)).not.toContain('Secret');
});

it('is not stored where the client leaves before its end', async () => {
  const { headers, tenantId } = await openClient(storing);
  const input = '[[scenario:paced ms=50 chunks=40]] Hi';
  const response = await post('/v1/responses', { model: 'claude-haiku-4-5', input, stream: true }, headers);
  const reader = response.body?.getReader() ?? expect.unreachable();
  await reader.read();
  await reader.cancel();
  const [row] = await ledgerRows(tenantId, 1);
  expect(row?.status).not.toBe('completed');
  expect(await readRows(tenantId)).toEqual([]);
});

describe('the end of a stored response', () => {
  it('is that of its time', async () => {
    const { client, tenantId } = await openClient(storing);
    const last = await insertChain(tenantId, 3, { days: -1 });
    expect(await getError(client.responses.retrieve(last))).toBeInstanceOf(OpenAI.NotFoundError);
    const error = await getError(create(client, { model: 'stub', input: 'Hi', previous_response_id: last }));
    expect(error).toMatchObject(notFound);
    const { id } = await create(client, { model: 'stub', input: 'Hi' });
    await purge({ database, logger: createLogger('error') }, 30);
    expect(await readRows(tenantId)).toEqual([{ id, previousId: null, provider: null }]);
    const [row] = await database.select().from(responses).where(eq(responses.id, id));
    const days = (row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0);
    expect(days / 86_400_000).toBeCloseTo(30, 1);
  });

  it('is that of its tenant', async () => {
    const { client, tenantId } = await openClient(storing);
    await create(client, { model: 'stub', input: 'Hi' });
    await database.delete(apiKeys).where(eq(apiKeys.tenantId, tenantId));
    await database.delete(tenants).where(eq(tenants.id, tenantId));
    expect(await readRows(tenantId)).toEqual([]);
  });
});
