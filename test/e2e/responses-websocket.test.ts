import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { openResponsesClient, type SocketMessage } from '../support/responses-socket.ts';
import { waitFor } from '../support/wait-for.ts';

const models = ['stub', 'claude-haiku-4-5', 'ollama/llama3.2', 'gpt-4o-mini'];
const mebibyte = 2 ** 20;
let gateway: MiniflareGateway;
let postgres: FaultProxy;

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: async ({ DATABASE_HTTP_URL = '' }) => {
      postgres = await startFaultProxy(new URL(DATABASE_HTTP_URL).origin);
      const httpUrl = new URL(new URL(DATABASE_HTTP_URL).pathname, postgres.url).href;
      // Long time-outs, so that none of them ends a turn here.
      return { DATABASE_HTTP_URL: httpUrl, FIRST_BYTE_TIMEOUT_MS: '60000', CHUNK_TIMEOUT_MS: '60000' };
    },
  });
  // A provider's client is loaded with its first request.
  const { key } = await gateway.createTenant();
  for (const model of models) await openClient(key).runTurn({ model, input: 'Hi' });
}, 240_000);

afterAll(async () => {
  await gateway?.stop();
  postgres?.close();
});

const openClient = (key: string, url = gateway.url) => openResponsesClient(key, url);

function toResponse(turn: readonly SocketMessage[]) {
  const { type, response }: { type: string; response?: unknown } = turn.at(-1) ?? expect.unreachable();
  expect(type).toBe('response.completed');
  return response as OpenAI.Responses.Response;
}

test.each(['stub', 'claude-haiku-4-5'])(
  'the official client runs 200 turns of %s on one connection, each of which continues the one before',
  async (model) => {
    const { key, rows } = await gateway.createTenant();
    const client = openClient(key);
    const mark = crypto.randomUUID();
    let previous_response_id: string | null = null;
    for (let count = 0; count < 200; count += 1) {
      const turn = await client.runTurn({ model, input: `Turn ${count} ${mark}.`, store: false, previous_response_id });
      const response = toResponse(turn);
      expect(response.previous_response_id).toBe(previous_response_id);
      previous_response_id = response.id;
    }
    client.socket.close();
    expect(await client.readClose()).toBe(1000);
    const ledger = await rows(200);
    expect(ledger).toHaveLength(200);
    expect(new Set(ledger.map(({ status }) => status))).toEqual(new Set(['completed']));
    if (model === 'stub') return;
    const [request] = (await gateway.readProviderTraffic(`Turn 199 ${mark}`)).requests;
    const text = JSON.stringify(request);
    for (let count = 0; count < 200; count += 1) expect(text.split(`Turn ${count} ${mark}`)).toHaveLength(2);
  },
);

describe.each(['url', 'directUrl'] as const)('over the %s', (port) => {
  test.each([
    ['claude-haiku-4-5', '[[scenario:paced ms=20 chunks=5000]] go'],
    ['gpt-4o-mini', '[[scenario:paced ms=20 chunks=5000]] go'],
    ['ollama/llama3.2', '[[scenario:paced ms=20 chunks=5000]] go'],
    ['claude-haiku-4-5', '[[scenario:silence]] go'],
    ['gpt-4o-mini', '[[scenario:silence]] go'],
  ])('a client that vanishes in a turn of %s (%s) ends it, and it is billed once', async (model, input) => {
    const { key, rows } = await gateway.createTenant();
    const { aborted } = await gateway.readProviderTraffic();
    const client = openClient(key, gateway[port]);
    client.send({ model, input });
    // A second one waits, and never runs.
    client.send({ model, input: 'Hi' });
    await waitFor(async () => expect((await gateway.readProviderTraffic()).open.replies).toBe(1), { intervalMs: 10 });
    if (input.includes('paced')) await waitFor(() => expect(client.messages.length).toBeGreaterThan(10));
    client.socket.socket.terminate();
    await waitFor(async () => expect((await gateway.readProviderTraffic()).open.replies).toBe(0), { intervalMs: 10 });
    expect((await gateway.readProviderTraffic()).aborted).toBe(aborted + 1);
    const [row, ...others] = await rows(1);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ status: 'client_gone', errorCode: null });
  });
});

test('a browser sends its key as a subprotocol', async () => {
  const { key } = await gateway.createTenant();
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/v1/responses`, ['responses', `key.${key}`]);
  const messages: string[] = [];
  socket.onmessage = ({ data }) => messages.push(String(data));
  await waitFor(() => expect(socket.readyState).toBe(WebSocket.OPEN));
  expect(socket.protocol).toBe('responses');
  socket.send(JSON.stringify({ type: 'response.create', model: 'stub', input: 'Hi' }));
  await waitFor(() => expect(messages.at(-1)).toContain('response.completed'));
  socket.close();
});

test('an upgrade with an unknown key is refused', async () => {
  const client = openClient('unknown');
  expect(await client.readClose()).not.toBe(1000);
  expect(client.messages).toEqual([]);
});

test('while Postgres is away the connection stays, a turn goes on, and the next one is refused as over HTTP', async () => {
  const { key, rows } = await gateway.createTenant();
  const client = openClient(key);
  const mark = crypto.randomUUID();
  client.send({ model: 'claude-haiku-4-5', input: `[[scenario:held after=2 mark=${mark}]] Hi` });
  await waitFor(() => expect(client.messages.length).toBeGreaterThan(3));
  postgres.fault = 'refuse';
  try {
    // Longer than the key is remembered.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await gateway.releaseReplies(mark);
    toResponse(await client.readTurn());
    expect(await client.runTurn({ model: 'stub', input: 'Hi' })).toMatchObject([
      { type: 'error', status: 503, error: { type: 'server_error', code: 'unavailable' } },
    ]);
  } finally {
    postgres.fault = 'none';
  }
  await waitFor(async () => toResponse(await client.runTurn({ model: 'stub', input: 'Hi' })));
  client.socket.close();
  expect((await rows(2)).map(({ status }) => status)).toEqual(['completed', 'completed']);
});

test('a client that does not read holds the provider back', async () => {
  const { key, rows } = await gateway.createTenant();
  const { aborted } = await gateway.readProviderTraffic();
  const client = openClient(key, gateway.directUrl);
  await client.runTurn({ model: 'claude-haiku-4-5', input: 'Hi' });
  client.socket.socket.platformSocket.pause();
  // 50 MB: buffers of the system take a part of them, and without a bound the rest is through in a few seconds.
  client.send({ model: 'claude-haiku-4-5', input: '[[scenario:long chunks=12500 size=4000]] go' });
  await waitFor(async () => expect((await gateway.readProviderTraffic()).open.replies).toBe(1));
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  expect((await gateway.readProviderTraffic()).open.replies).toBe(1);
  client.socket.socket.terminate();
  await waitFor(async () => expect((await gateway.readProviderTraffic()).open.replies).toBe(0));
  expect((await gateway.readProviderTraffic()).aborted).toBe(aborted + 1);
  expect((await rows(2))[1]).toMatchObject({ status: 'client_gone' });
});

test('the connections of an isolate keep 64 MiB, and one that has to give them up is told so', async () => {
  const [greedy, modest] = [await gateway.createTenant(), await gateway.createTenant()];
  const kept = openClient(modest.key);
  const { id } = toResponse(await kept.runTurn({ model: 'ollama/llama3.2', input: 'Hi', store: false }));
  const input = 'x '.repeat(1.8 * mebibyte);
  const clients: ReturnType<typeof openResponsesClient>[] = [];
  for (let count = 0; count < 20; count += 1) {
    const client = openClient(greedy.key);
    clients.push(client);
    toResponse(await client.runTurn({ model: 'ollama/llama3.2', input, store: false }));
  }
  const closed = await waitFor(() => {
    const found = clients.filter(({ messages }) => messages.at(-1)?.type === 'error');
    expect(found.length).toBeGreaterThanOrEqual(2);
    return found;
  });
  for (const client of closed) {
    expect(client.messages.at(-1)).toMatchObject({ status: 503, error: { code: 'unavailable' } });
    expect(await client.readClose()).toBe(1013);
  }
  expect(closed.length).toBeLessThanOrEqual(4);
  toResponse(await kept.runTurn({ model: 'ollama/llama3.2', input: 'Hi', store: false, previous_response_id: id }));
  for (const client of [kept, ...clients]) client.socket.close();
});
