import { beforeAll, describe, expect, test } from 'vitest';
import { createTenant, joinChunks, ledgerRows, post, readEvents, send } from './gateway.ts';

/** What the server that plays the providers answers by default, and what that costs at list price. */
const expectedReplies = {
  openai: {
    text: 'Привет! Это ответ сервера OpenAI.',
    tokensIn: 19,
    tokensOut: 7,
    model: 'gpt-4o-mini',
    cost: 0.00000705,
  },
  claude: {
    text: "Bonjour, c'est la réponse de Claude.",
    tokensIn: 23,
    tokensOut: 9,
    model: 'claude-haiku-4-5',
    cost: 0.000068,
  },
  ollama: { text: 'Hello from a llama.', tokensIn: 26, tokensOut: 5, model: 'llama3.2', cost: 0 },
  acme: { text: 'Привет! Это ответ сервера OpenAI.', tokensIn: 19, tokensOut: 7, model: 'acme-large', cost: null },
} as const;

let headers: { 'x-api-key': string };
let tenant: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  tenant = await createTenant();
  headers = { 'x-api-key': tenant.key };
});

describe.each(Object.entries(expectedReplies))('%s', (provider, { text, model, ...counts }) => {
  const result = { finishReason: 'stop', ...counts, provider, model };

  test('answers a prompt with the whole reply', async () => {
    const response = await post('/api/chat/completions', { prompt: 'Hi', provider }, headers);
    expect(await response.json()).toEqual({ content: text, ...result });
    expect(response.status).toBe(200);
  });

  test('streams the same reply as start, chunks and done', async () => {
    const response = await post('/stream', { prompt: 'Hi', provider }, headers);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    const events = await readEvents(response);
    expect(events[0]).toEqual({ type: 'start', requestId: expect.stringMatching(/^req_/), provider, model });
    expect(joinChunks(events)).toBe(text);
    expect(events.slice(1, -1).every(({ type }) => type === 'chunk')).toBe(true);
    expect(events.at(-1)).toEqual({ type: 'done', ...result });
  });

  test('takes a conversation with a system message', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello. What now?' },
      { role: 'user', content: 'Sort a list.' },
    ];
    const response = await post(
      '/api/chat/completions',
      { messages, provider, maxTokens: 100, stop: ['END'] },
      headers,
    );
    expect(await response.json()).toMatchObject({ content: text, finishReason: 'stop' });
  });
});

test('the provider follows from the model where none is named', async () => {
  const cases = [
    ['gpt-4o-mini', 'openai'],
    ['o3-mini', 'openai'],
    ['claude-haiku-4-5', 'claude'],
    ['acme-large', 'acme'],
    ['stub', 'stub'],
  ];
  for (const [model, provider] of cases) {
    const response = await post('/api/chat/completions', { prompt: 'Hi', model, maxTokens: 50 }, headers);
    expect(await response.json()).toMatchObject({ provider, model });
  }
});

test('locally stub answers where neither provider nor model is named', async () => {
  const response = await post('/api/chat/completions', { prompt: 'Привет' }, headers);
  expect(await response.json()).toMatchObject({
    provider: 'stub',
    cost: 0,
    content: expect.stringContaining('Привет'),
  });
});

test('anthropic is taken for claude', async () => {
  const response = await post('/api/chat/completions', { prompt: 'Hi', provider: 'anthropic' }, headers);
  expect(await response.json()).toMatchObject({ provider: 'claude' });
});

test.each([
  [{ prompt: 'Hi', provider: 'nobody' }, /provider: "nobody" is unknown.*openai, claude/],
  [{ prompt: 'Hi', provider: 'claude', temperature: 1.5 }, /temperature/],
  [{ prompt: 'Hi', temprature: 1 }, /temprature: .*"temperature"/],
  [{ prompt: 'Hi', max_tokens: 1 }, /max_tokens: .*"maxTokens"/],
  [{ prompt: 'Hi', messages: [{ role: 'user', content: 'Hi' }] }, /prompt: cannot stand beside messages/],
  [{ provider: 'stub' }, /prompt: is missing/],
  [{ messages: [{ role: 'user', contents: 'Hi' }] }, /messages\[0\]\.contents: .*"content"/],
  [{ messages: [{ role: 'robot', content: 'Hi' }] }, /messages\[0\]\.role/],
  [{ prompt: 'Hi', model: 'gpt\u0000' }, /model/],
  ['[1,2]', /object/],
  ['{"prompt":', /JSON/],
  ['', /empty/],
])('refuses %j and says what is wrong', async (body, message) => {
  for (const path of ['/api/chat/completions', '/stream']) {
    const response = await post(path, body, headers);
    expect(response.status).toBe(400);
    const { error } = await response.json<{ error: Record<string, string> }>();
    expect(error).toEqual({
      code: 'invalid_request',
      message: expect.stringMatching(message),
      requestId: expect.any(String),
    });
    expect(response.headers.get('x-should-retry')).toBe('false');
  }
});

test('every call has one row in the ledger with its tokens and its cost', async () => {
  const { tenantId, keyId, key } = await createTenant();
  const sent = { 'x-api-key': key, 'x-request-id': 'mine-1' };
  const body = { prompt: 'Hi', provider: 'openai' };
  await (await post('/api/chat/completions', body, sent)).text();
  const events = await readEvents(await post('/stream', body, { authorization: `Bearer ${key}` }));
  const rows = await ledgerRows(tenantId, 2);
  const shared = {
    tenantId,
    keyId,
    provider: 'openai',
    model: 'gpt-4o-mini',
    reportedModel: 'gpt-4o-mini-2024-07-18',
    status: 'completed',
    finishReason: 'stop',
    errorCode: null,
    inputTokens: 19,
    outputTokens: 7,
    tokenSource: 'provider',
    costNanoUsd: 7050n,
    priceVersion: expect.stringMatching(/^genai-prices-/),
    firstByteMs: expect.any(Number),
    totalMs: expect.any(Number),
    createdAt: expect.any(Date),
  };
  expect(rows).toEqual([
    expect.objectContaining({ ...shared, source: 'sync', clientRequestId: 'mine-1' }),
    expect.objectContaining({ ...shared, source: 'stream', clientRequestId: null, requestId: events[0]?.requestId }),
  ]);
});

test('a body that is cut in the middle of a character leaves nothing behind for the next one', async () => {
  const chat = (body: Uint8Array) =>
    send('/v1/chat/completions', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
  const bytes = new TextEncoder().encode('{"model":"stub/stub","messages":[{"role":"user","content":"Да"}]}');
  const cut = await chat(bytes.slice(0, bytes.indexOf(0xd0) + 1));
  expect([cut.status, await cut.text()]).toEqual([400, expect.stringContaining('not valid UTF-8')]);
  expect((await chat(bytes)).status).toBe(200);
});

test.each([
  [{ stream: true }, 'stream', /leave it out, and send the request to POST \/stream for a stream\.$/],
  [{ tools: [] }, 'tools', /send the request to POST \/v1\/chat\/completions\.$/],
  [{ response_format: {} }, 'response_format', /send the request to POST \/v1\/chat\/completions\.$/],
  [
    { prompt: null, messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    'messages[0].content',
    /must be a string: send images and tools to POST \/v1\/chat\/completions\.$/,
  ],
  [{ temperature: 3 }, 'temperature', /must be at most 2\.$/],
  [{ temperature: 'hot' }, 'temperature', /must be a number\.$/],
])('the mistake %j is named with its fix', async (fields, param, message) => {
  for (const path of ['/api/chat/completions', '/stream']) {
    const response = await post(path, { prompt: 'Hi', ...fields }, headers);
    expect(response.status).toBe(400);
    const { error } = JSON.parse(await response.text());
    expect(error.message.startsWith(`${param}: `)).toBe(true);
    expect(error.message).toMatch(message);
  }
});

test.each([
  ['mystery', 404, /^model: "mystery" does not say which provider it belongs to: name one \(openai, claude/],
  ['gtp-4o', 404, /^model: "gtp-4o" is not known to any provider: did you mean "gpt-4o"\?$/],
  ['gpt4o-mini', 404, /did you mean "gpt-4o-mini"\?$/],
  ['foo/bar', 404, /^model: "foo\/bar" names the provider "foo", which is unknown: .*COMPATIBLE_PROVIDERS/],
  ['gemini/gemini-2.5-pro', 400, /^provider "gemini" is not configured: set GEMINI_API_KEY, or name another/],
  ['grok-4.3', 400, /^provider "xai" is not configured: set XAI_API_KEY, or name another/],
])('the unknown model %s is a %i that says what to do', async (model, status, message) => {
  for (const path of ['/api/chat/completions', '/stream']) {
    const response = await post(path, { prompt: 'Hi', model }, headers);
    expect(response.status).toBe(status);
    expect(JSON.parse(await response.text()).error.message).toMatch(message);
  }
});
