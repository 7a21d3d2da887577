import { eq } from 'drizzle-orm';
import OpenAI from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { jobs } from '../../src/db/schema/jobs.ts';
import { responses } from '../../src/db/schema/responses.ts';
import { toBase64 } from '../../src/lib/base64-url.ts';
import { waitFor } from '../support/wait-for.ts';
import { createKey, createTenant, database, ledgerRows, post, send, variables } from './gateway.ts';
import { findRequest, openClient } from './openai-client.ts';

const storing = { storeResponses: true };
const providers = [
  { name: 'Stub', model: 'stub' },
  { name: 'Claude', model: 'claude-haiku-4-5' },
  { name: 'Ollama', model: 'ollama/llama3.2' },
  { name: 'OpenAI chat', model: 'plain/plain-large' },
  { name: 'OpenAI Responses', model: 'gpt-4o-mini' },
];
const echo = (model: string, text: string) => (model === 'stub' ? text : `[[scenario:echo]] ${text}`);
/** A reply that takes about 30 seconds, unless it is cancelled. */
const slow = (model: string) =>
  model === 'stub' ? { model: 'stub-slow', input: 'Hi' } : { model, input: '[[scenario:paced ms=100 chunks=300]] Hi' };

type Params = Omit<OpenAI.Responses.ResponseCreateParams, 'stream'>;

async function start(client: OpenAI, params: Params): Promise<OpenAI.Responses.Response> {
  return await client.responses.create({ ...params, background: true });
}

/** Polls a response until it has ended. */
async function waitForEnd(client: OpenAI, id: string): Promise<OpenAI.Responses.Response> {
  return await waitFor(async () => {
    const response = await client.responses.retrieve(id);
    expect(response.status).not.toMatch(/queued|in_progress/);
    return response;
  });
}

async function run(client: OpenAI, params: Params): Promise<OpenAI.Responses.Response> {
  return await waitForEnd(client, (await start(client, params)).id);
}

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

async function getError(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

const jobOf = (id: string) => id.replace('resp_', 'job_');

/** Replaces what differs between two replies to the same request: ids and times. */
function normalize(response: OpenAI.Responses.Response): unknown {
  const { id: _id, created_at: _created, completed_at: _completed, background: _background, ...rest } = response;
  return JSON.parse(JSON.stringify(rest).replaceAll(/"(\w+?)_[0-9A-Za-z]{26,}(_\d+)?"/g, '"$1$2"'));
}

describe.each(providers)('a response of $name in the background', ({ model }) => {
  it('is queued, and ends as the synchronous reply to the same request, billed once', async () => {
    const { client, tenantId } = await openClient(storing);
    const mark = crypto.randomUUID();
    const request = {
      model,
      instructions: 'Be brief.',
      input: echo(model, `Hello ${mark}.`),
      metadata: { order: '7' },
    };
    const created = await start(client, request);
    expect(created).toMatchObject({
      id: expect.stringMatching(/^resp_[0-9A-Z]{26}$/),
      object: 'response',
      status: 'queued',
      background: true,
      store: true,
      instructions: 'Be brief.',
      metadata: { order: '7' },
      previous_response_id: null,
      output: [],
      error: null,
      usage: null,
    });
    const response = await waitForEnd(client, created.id);
    expect(response).toMatchObject({
      id: created.id,
      status: 'completed',
      background: true,
      store: true,
      created_at: created.created_at,
    });
    expect(response.output_text).toContain(`Hello ${mark}.`);
    const [row] = await ledgerRows(tenantId, 1);
    expect(row).toMatchObject({ source: 'job', status: 'completed', inputTokens: response.usage?.input_tokens });
    const synchronous = await client.responses.create({ ...request, background: false });
    if (model === 'gpt-4o-mini') {
      expect(response.output_text).toBe(synchronous.output_text);
      expect(response.usage).toEqual(synchronous.usage);
      // The gateway stores it, and not the provider.
      const { body } = await findRequest(mark);
      expect(body).toMatchObject({ stream: true, background: false, store: false });
      expect(body).not.toHaveProperty('include');
    } else expect(normalize(response)).toEqual(normalize(synchronous));
  });

  it('streams the events of its job, and replays them from any of them', async () => {
    const { client } = await openClient(storing);
    const params = { model, input: echo(model, 'One two three.'), background: true, stream: true } as const;
    const events = await collect(await client.responses.create(params));
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, index) => index));
    const types = events.map(({ type }) => type);
    expect(types.slice(0, 4)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.output_item.added',
    ]);
    expect(types.at(-1)).toBe('response.completed');
    const text = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
    const last = events.at(-1);
    const response = last?.type === 'response.completed' ? last.response : expect.unreachable();
    const stored = await client.responses.retrieve(response.id);
    expect([text, stored.status]).toEqual([stored.output_text, 'completed']);
    expect({ ...response, output_text: stored.output_text }).toEqual(stored);
    for (const starting_after of [0, 2, 5, events.length - 2]) {
      const replayed = await client.responses.retrieve(response.id, { stream: true, starting_after });
      expect(await collect(replayed)).toEqual(events.slice(starting_after + 1));
    }
    expect(await collect(await client.responses.retrieve(response.id, { stream: true, starting_after: 9999 }))).toEqual(
      [],
    );
    const helper = client.responses.stream({ response_id: response.id, starting_after: 3 });
    expect((await helper.finalResponse()).output_text).toBe(stored.output_text);
  });

  it('calls tools, and is continued by its id with their results', async () => {
    const { client } = await openClient(storing);
    const mark = crypto.randomUUID();
    const tools: OpenAI.Responses.FunctionTool[] = [
      { type: 'function', name: 'look', parameters: { type: 'object', properties: {} }, strict: false },
    ];
    const first = await run(client, { model, tools, input: echo(model, `[[tool:look]] Well ${mark}?`) });
    const call =
      first.output.flatMap((item) => (item.type === 'function_call' ? [item] : []))[0] ?? expect.unreachable();
    const result = { type: 'function_call_output' as const, call_id: call.call_id, output: 'look says ☔' };
    const request = { model, tools, input: [result], previous_response_id: first.id };
    const second = await run(client, request);
    expect(second).toMatchObject({ status: 'completed', previous_response_id: first.id });
    expect(second.output_text).toContain('look says ☔');
    const synchronous = await client.responses.create(request);
    expect(synchronous.output_text).toContain('look says ☔');
    const { data } = await client.responses.inputItems.list(second.id);
    expect(data.map(({ type }) => type)).toEqual(['function_call_output', 'function_call', 'message']);
  });

  it('is cancelled while it runs, which ends the request of the provider', async () => {
    const { client, tenantId } = await openClient(storing);
    const { id } = await start(client, slow(model));
    await waitFor(async () => expect((await client.responses.retrieve(id)).status).toBe('in_progress'));
    const events = client.responses.retrieve(id, { stream: true }).then(collect);
    expect((await client.responses.inputItems.list(id)).data).toMatchObject([{ type: 'message', role: 'user' }]);
    const cancelled = await client.responses.cancel(id);
    expect(cancelled).toMatchObject({ id, status: 'cancelled', background: true, output: [] });
    expect(await client.responses.cancel(id)).toMatchObject({ id, status: 'cancelled' });
    expect(await client.responses.retrieve(id)).toMatchObject({ id, status: 'cancelled', error: null });
    expect((await events).at(-1)).toMatchObject({ type: 'response.incomplete', response: { id, status: 'cancelled' } });
    const [row] = await ledgerRows(tenantId, 1);
    expect(row).toMatchObject({ source: 'job', status: 'client_gone' });
    const error = await getError(client.responses.create({ model, input: 'Hi', previous_response_id: id }));
    expect(error).toMatchObject({ status: 404, code: 'previous_response_not_found' });
  });
});

describe.each(providers.filter(({ model }) => model !== 'stub'))(
  'a response of $name in the background',
  ({ model }) => {
    it('fails as the provider refuses it', async () => {
      const { client, headers } = await openClient(storing);
      const response = await run(client, { model, input: '[[scenario:status code=413]] Hi' });
      expect(response).toMatchObject({
        status: 'failed',
        background: true,
        output: [],
        error: { code: 'payload_too_large' },
      });
      const error = await getError(client.responses.retrieve(response.id, { stream: true }).then(collect));
      expect(error).toBeInstanceOf(OpenAI.APIError);
      const text = await (await send(`/v1/responses/${response.id}?stream=true`, { headers })).text();
      expect(text.slice(text.lastIndexOf('event: '))).toMatch(/^event: response\.failed\n.*"status":"failed"/);
    });

    it('is incomplete where the model reached its limit', async () => {
      const { client } = await openClient(storing);
      const response = await run(client, { model, input: '[[scenario:length]] Hi' });
      expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
      const events = await collect(await client.responses.retrieve(response.id, { stream: true }));
      expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'incomplete' } });
    });
  },
);

it('is continued on every other provider', async () => {
  const { client } = await openClient(storing);
  const mark = crypto.randomUUID();
  let previous: OpenAI.Responses.Response | undefined;
  for (const { model } of [...providers, ...providers.toReversed()]) {
    const input = echo(model, `Turn of ${model} ${mark}.`);
    previous = await run(client, { model, input, previous_response_id: previous?.id ?? null });
    expect(previous.status).toBe('completed');
  }
  const id = previous?.id ?? '';
  const { data } = await client.responses.inputItems.list(id, { limit: 100 });
  expect(data).toHaveLength(2 * providers.length * 2 - 1);
  // Without background, at a provider that does not know the id.
  const input = `Last of all ${mark}.`;
  await client.responses.create({ model: 'gpt-4o-mini', input, previous_response_id: id });
  const { body } = await findRequest(input);
  expect(body).toMatchObject({ previous_response_id: null });
  expect(JSON.stringify(body)).toContain(`Turn of stub ${mark}`);
});

it('continues a response that the provider stores, and is continued with it', async () => {
  const { client } = await openClient(storing);
  const model = 'gpt-4o-mini';
  const mark = crypto.randomUUID();
  const stored = await client.responses.create({ model, input: `One ${mark}.` });
  const second = await run(client, { model, input: `Two ${mark}.`, previous_response_id: stored.id });
  expect(second).toMatchObject({ status: 'completed', previous_response_id: stored.id });
  expect((await findRequest(`Two ${mark}`)).body).toMatchObject({ previous_response_id: stored.id });
  await client.responses.create({ model, input: `Three ${mark}.`, previous_response_id: second.id });
  const { body } = await findRequest(`Three ${mark}`);
  expect(body).toMatchObject({ previous_response_id: stored.id, input: [{ role: 'user' }, { role: 'assistant' }, {}] });
});

it('goes on when the client of its stream leaves, who can come back', async () => {
  const { client, headers } = await openClient(storing);
  const mark = crypto.randomUUID();
  const body = {
    model: 'gpt-4o-mini',
    input: `[[scenario:held mark=${mark} after=2]] go`,
    background: true,
    stream: true,
  };
  const response = await post('/v1/responses', body, headers);
  const reader = (response.body ?? expect.unreachable()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('output_text.delta')) text += (await reader.read()).value ?? expect.unreachable();
  await reader.cancel();
  const id = /"id":"(resp_\w+)"/.exec(text)?.[1] ?? '';
  const lastNumber = Number([...text.matchAll(/"sequence_number":(\d+)\}\n\n/g)].at(-1)?.[1]);
  const rest = client.responses.retrieve(id, { stream: true, starting_after: lastNumber }).then(collect);
  await fetch(`${variables.PROVIDER_URL}/_release?mark=${mark}`, { method: 'POST' });
  const events = await rest;
  expect(events[0]?.sequence_number).toBe(lastNumber + 1);
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { id } });
});

describe('a deleted response', () => {
  it('is gone with all that its job had of it', async () => {
    const { client, headers, tenantId } = await openClient(storing);
    const { id } = await run(client, { model: 'stub', input: 'Secret.' });
    await client.responses.delete(id);
    for (const path of ['', '?stream=true', '/input_items']) {
      const status = path === '?stream=true' ? 400 : 404;
      expect((await send(`/v1/responses/${id}${path}`, { headers })).status).toBe(status);
    }
    expect(await getError(client.responses.delete(id))).toBeInstanceOf(OpenAI.NotFoundError);
    const [row] = await database
      .select()
      .from(jobs)
      .where(eq(jobs.id, jobOf(id)));
    expect(row).toMatchObject({ status: 'COMPLETED', responseRequest: null, responseSettings: null, result: null });
    const events = await (await send(`/api/jobs/${jobOf(id)}/events`, { headers })).text();
    expect(events).not.toContain('Secret');
    expect(await database.$count(responses, eq(responses.tenantId, tenantId))).toBe(0);
  });

  it('is cancelled while it runs', async () => {
    const { client, tenantId } = await openClient(storing);
    const { id } = await start(client, slow('gpt-4o-mini'));
    await waitFor(async () => expect((await client.responses.retrieve(id)).status).toBe('in_progress'));
    await client.responses.delete(id);
    expect(await getError(client.responses.retrieve(id))).toBeInstanceOf(OpenAI.NotFoundError);
    const [row] = await ledgerRows(tenantId, 1);
    expect(row?.status).toBe('client_gone');
    expect(await database.$count(responses, eq(responses.tenantId, tenantId))).toBe(0);
  });
});

it('is one of the jobs of its tenant', async () => {
  const { client, headers } = await openClient(storing);
  const { id } = await run(client, { model: 'stub', input: 'Hello' });
  const job = await (await send(`/api/jobs/${jobOf(id)}`, { headers })).json();
  expect(job).toMatchObject({
    type: 'RESPONSE',
    status: 'COMPLETED',
    result: 'Stub reply to: Hello',
    provider: 'stub',
  });
  const list = await (await send('/api/jobs?type=RESPONSE', { headers })).json();
  expect(list).toMatchObject({ jobs: [{ id: jobOf(id) }] });
  const events = await (await send(`/api/jobs/${jobOf(id)}/events`, { headers })).text();
  expect(events).toContain('"type":"chunk","attempt":1,"content":"Stub reply to: Hello"}');
});

it('has numbers in schemas digit for digit', async () => {
  const { client, headers } = await openClient(storing);
  const parameters = '{"type":"object","properties":{"n":{"type":"integer","maximum":12345678901234567890}}}';
  const tools = `[{"type":"function","name":"f","parameters":${parameters}}]`;
  const body = `{"model":"stub","background":true,"tools":${tools},"input":"Hi \\u0000"}`;
  const text = await (await post('/v1/responses', body, headers)).text();
  expect(text).toContain(`"parameters":${parameters}`);
  const { id } = JSON.parse(text);
  expect(await waitForEnd(client, id)).toMatchObject({ status: 'completed' });
  expect(await (await send(`/v1/responses/${id}`, { headers })).text()).toContain(`"parameters":${parameters}`);
  expect(await (await send(`/v1/responses/${id}?stream=true`, { headers })).text()).toContain(parameters);
});

it('can be read, but not continued, where it is larger than 1 MiB compressed', async () => {
  const { client } = await openClient(storing);
  const bytes = Array.from({ length: 28 }, () => crypto.getRandomValues(new Uint8Array(65_536)));
  const input = [
    { role: 'user' as const, content: bytes.map(toBase64).join('') },
    { role: 'user' as const, content: 'Hi' },
  ];
  const { id, status, output_text } = await run(client, { model: 'stub', input });
  expect([status, output_text]).toEqual(['completed', 'Stub reply to: Hi']);
  const error = await getError(client.responses.create({ model: 'stub', input: 'Hi', previous_response_id: id }));
  expect(error).toMatchObject({ status: 400, param: 'previous_response_id' });
});

it('answers a repeated Idempotency-Key with the same response', async () => {
  const { client, headers, tenantId } = await openClient(storing);
  const keyed = { ...headers, 'idempotency-key': 'order-7' };
  const body = { model: 'stub', input: 'Hello', background: true };
  const first = await (await post('/v1/responses', body, keyed)).json<{ id: string }>();
  await waitForEnd(client, first.id);
  const again = await post('/v1/responses', body, keyed);
  expect([again.headers.get('idempotent-replayed'), await again.json()]).toEqual(['true', first]);
  const streamed = await post('/v1/responses', { ...body, input: 'Other' }, keyed);
  expect(streamed.status).toBe(422);
  await ledgerRows(tenantId, 1);
});

describe('a request is rejected', () => {
  const background = { model: 'stub', input: 'Hi', background: true };

  it.each([
    ['with store: false', { store: false }, 'store', 'must be left out, or true'],
    ['with a response that is not stored', { previous_response_id: 'resp_1' }, 'previous_response_id', 'is not found'],
    ['with a wrong parameter', { temperature: 3 }, 'temperature', 'temperature'],
  ])('%s', async (_name, fields, param, message) => {
    const { headers, tenantId } = await openClient(storing);
    const response = await post('/v1/responses', { ...background, ...fields }, headers);
    expect(response.status).toBe(param === 'previous_response_id' ? 404 : 400);
    expect(await response.json()).toMatchObject({ error: { param, message: expect.stringContaining(message) } });
    expect(await database.$count(jobs, eq(jobs.tenantId, tenantId))).toBe(0);
  });

  it.each(['stub', 'gpt-4o-mini'])('where responses are not stored: %s', async (model) => {
    const { key } = await createTenant();
    const response = await post('/v1/responses', { ...background, model }, { 'x-api-key': key });
    const message = expect.stringMatching(/RESPONSE_RETENTION_DAYS and storeResponses/);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'background', message } }]);
  });

  it('of a key without the scope jobs', async () => {
    const { tenantId } = await openClient(storing);
    const { key } = await createKey(tenantId, { scopes: ['chat'] });
    expect((await post('/v1/responses', background, { 'x-api-key': key })).status).toBe(403);
  });

  it('of a key that may not use the model', async () => {
    const { tenantId } = await openClient(storing);
    const { key } = await createKey(tenantId, { allowedModels: ['gpt-4o-mini'] });
    expect((await post('/v1/responses', background, { 'x-api-key': key })).status).toBe(403);
  });

  it('with a webhook to an address that is not allowed', async () => {
    const { headers } = await openClient(storing);
    const sent = { ...headers, 'x-gateway-webhook-url': 'http://10.0.0.1/' };
    const response = await post('/v1/responses', background, sent);
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('x-gateway-webhook-url: ')]);
  });

  it.each(['-1', 'x', '1.5'])('with starting_after %s', async (startingAfter) => {
    const { client, headers } = await openClient(storing);
    const { id } = await run(client, { model: 'stub', input: 'Hi' });
    const response = await send(`/v1/responses/${id}?stream=true&starting_after=${startingAfter}`, { headers });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'starting_after' } }]);
  });
});

it('is cancelled no more once it has ended', async () => {
  const { client } = await openClient(storing);
  const { output_text: _, ...response } = await run(client, { model: 'stub', input: 'Hi' });
  expect(await client.responses.cancel(response.id)).toEqual(response);
});
