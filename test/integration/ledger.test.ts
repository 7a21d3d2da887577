import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import worker from '../../src/index.ts';
import type { UsageMessage } from '../../src/usage/usage-record.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, ledgerRows, post, readEvents, variables } from './gateway.ts';

const queue = (env as unknown as { USAGE_QUEUE: Queue<UsageMessage> }).USAGE_QUEUE;
const realSend = queue.send.bind(queue);
const realFetch = globalThis.fetch;

/** Set by a test: what Postgres says to a row for the ledger, and what a provider says. */
let ledgerIsDown: boolean;
let providerReply: (() => Response) | undefined;
let directWrites: number;

// Before the Worker is built, for its clients keep the `fetch` that they find.
vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (url.startsWith(variables.OLLAMA_URL ?? '-') && providerReply) return providerReply();
  if (url === variables.DATABASE_HTTP_URL && String(init?.body).includes('INSERT INTO usage_ledger')) {
    directWrites += 1;
    if (ledgerIsDown) throw new Error('no connection');
  }
  return await realFetch(input, init);
});
const sendToQueue = vi.spyOn(queue, 'send');

let tenant: Awaited<ReturnType<typeof createTenant>>;

beforeEach(async () => {
  ledgerIsDown = false;
  providerReply = undefined;
  directWrites = 0;
  sendToQueue.mockReset().mockImplementation(realSend);
  tenant = await createTenant();
});
afterEach(async () => {
  sendToQueue.mockReset().mockImplementation(realSend);
  ledgerIsDown = false;
  await flush();
});

/** What cron does every minute. */
async function flush(): Promise<void> {
  await worker.scheduled({ scheduledTime: Date.now(), cron: '', noRetry: () => undefined }, env);
}

const call = (path: string, body: object = { prompt: 'Hi', provider: 'stub' }) =>
  post(path, body, { 'x-api-key': tenant.key });

async function callBoth(): Promise<void> {
  expect(await (await call('/api/chat/completions')).json()).toMatchObject({ provider: 'stub' });
  expect((await readEvents(await call('/stream'))).at(-1)).toMatchObject({ type: 'done' });
}

test('a queue that hangs delays no reply, and the rows go to Postgres directly', async () => {
  const order: string[] = [];
  sendToQueue.mockImplementation(() => {
    order.push('queue asked');
    return new Promise(() => undefined);
  });
  await callBoth();
  order.push('replies read');
  const rows = await ledgerRows(tenant.tenantId, 2);
  expect(order.slice(0, 2)).toEqual(['replies read', 'queue asked']);
  expect(rows.map(({ source, status }) => [source, status])).toEqual([
    ['sync', 'completed'],
    ['stream', 'completed'],
  ]);
});

test('rows go to Postgres directly where the queue refuses', async () => {
  sendToQueue.mockRejectedValue(new Error('Queue is overloaded'));
  await callBoth();
  await ledgerRows(tenant.tenantId, 2);
  expect(directWrites).toBeGreaterThan(0);
});

test('a message that the queue delivers after the direct write makes no second row', async () => {
  const late: UsageMessage[] = [];
  sendToQueue.mockImplementation((message) => {
    late.push(message as UsageMessage);
    return new Promise(() => undefined);
  });
  await callBoth();
  const before = await ledgerRows(tenant.tenantId, 2);
  for (const message of [...late, ...late]) await realSend(message);
  const written = directWrites;
  await waitFor(() => expect(directWrites).toBeGreaterThan(written));
  expect(await ledgerRows(tenant.tenantId, 2)).toEqual(before);
});

test('rows that neither the queue nor Postgres takes are delivered by the next flush', async () => {
  sendToQueue.mockRejectedValue(new Error('Queue is overloaded'));
  ledgerIsDown = true;
  await callBoth();
  await waitFor(() => expect(directWrites).toBeGreaterThan(0));
  await ledgerRows(tenant.tenantId, 0);
  ledgerIsDown = false;
  await flush();
  const rows = await ledgerRows(tenant.tenantId, 2);
  expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(2);
});

test('the queue retries a message while Postgres is down', async () => {
  ledgerIsDown = true;
  await callBoth();
  await waitFor(() => expect(directWrites).toBeGreaterThan(1));
  ledgerIsDown = false;
  await ledgerRows(tenant.tenantId, 2);
});

describe('a request has a row even if its provider reports', () => {
  const reply = (changes: object) =>
    Response.json({
      model: 'llama3.2',
      message: { role: 'assistant', content: 'Hello' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 3,
      eval_count: 2,
      ...changes,
    });

  test.each([
    ['a model with NUL, other scripts and half a character', { model: 'a\u0000ж\ud83d' }, { reportedModel: 'a???' }],
    ['a model with a very long name', { model: 'm'.repeat(100_000) }, { reportedModel: 'm'.repeat(256) }],
    ['counts beyond any number of tokens', { prompt_eval_count: 1e15, eval_count: 2 ** 31 }, { inputTokens: null }],
    ['counts that are none', { prompt_eval_count: -5, eval_count: 'many' }, { inputTokens: null, outputTokens: null }],
    ['a part of a token', { prompt_eval_count: 3, eval_count: 1.5 }, { inputTokens: 3, outputTokens: null }],
    ['an unknown finish reason', { done_reason: '\u0000'.repeat(500) }, { finishReason: 'other' }],
  ])('%s', async (_what, changes, row) => {
    providerReply = () => reply(changes);
    const body = { prompt: 'Hi', provider: 'ollama' };
    expect((await call('/api/chat/completions', body)).status).toBe(200);
    expect((await readEvents(await call('/stream', body))).at(-1)).toMatchObject({ type: 'done' });
    for (const each of await ledgerRows(tenant.tenantId, 2)) {
      expect(each).toMatchObject({ provider: 'ollama', status: 'completed', ...row });
    }
  });
});
