import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type * as z from 'zod';
import { apiDocument, findReplyFaults, parseEventData } from '../support/api-document.ts';
import { fetchReply } from '../support/fetch-reply.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import {
  officialChatChunk,
  officialChatCompletion,
  officialCompletion,
  officialEmbeddings,
  officialModel,
  officialModelList,
} from '../support/official-shapes.ts';
import { waitFor } from '../support/wait-for.ts';

let gateway: MiniflareGateway;
let keys: Readonly<Record<'usual' | 'limited' | 'poor', string>>;

beforeAll(async () => {
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder') });
  const [usual, limited, poor] = await Promise.all([
    gateway.createTenant({ requestsPerMinute: 10_000, tokensPerMinute: 100_000_000 }, { storeResponses: true }),
    gateway.createTenant({ requestsPerMinute: 1 }),
    gateway.createTenant({ dailyBudgetNanoUsd: 1n }),
  ]);
  keys = { usual: usual.key, limited: limited.key, poor: poor.key };
});

afterAll(() => gateway?.stop());

interface Call {
  readonly body?: object | string;
  /** Instead of the usual one; null: none. */
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
  /** What stands for `{id}`. */
  readonly id?: string;
  readonly query?: string;
  /** Of a reply that the gateway writes itself: it holds nothing that the document does not speak of. */
  readonly isOwn?: true;
  /** OpenAI's own shape for it, or for each event. */
  readonly official?: z.ZodType;
}

/** Which replies have been seen: `POST /stream 200`. */
const seenReplies = new Set<string>();

/** Calls a route, and expects the status and all else that the document says. */
async function call(route: string, expected: number, options: Call = {}) {
  const { body, isOwn: own, official } = options;
  const { status, headers, text } = await sendWithRetry(route, expected, options);
  const label = `${route} ${JSON.stringify(body)?.slice(0, 200)}`;
  expect([label, status, status === expected ? '' : text.slice(0, 500)]).toEqual([label, expected, '']);
  const faults = findReplyFaults(route, { status, headers, text }, { strict: own ?? false });
  expect([label, ...faults, faults.length > 0 ? text.slice(0, 1_500) : '']).toEqual([label, '']);
  if (official) {
    const isStream = headers.get('content-type')?.startsWith('text/event-stream');
    for (const value of isStream ? parseEventData(text) : [JSON.parse(text)]) {
      expect([label, official.safeParse(value).error?.issues]).toEqual([label, undefined]);
    }
  }
  seenReplies.add(`${route} ${status}`);
  return { headers, text, json: () => JSON.parse(text) };
}

/** On a busy machine Redis may not be heard in time: the reply says so, and is asked for again. */
async function sendWithRetry(
  route: string,
  expected: number,
  options: Call,
  times = 5,
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const { body, key, headers, id = '', query = '' } = options;
  const [method = '', path = ''] = route.split(' ');
  const response = await fetchReply(gateway.url + path.replace(/\{\w+\}/, id) + query, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key ?? keys.usual}` }),
      ...headers,
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const reply = { status: response.status, headers: response.headers, text: await response.text() };
  if (reply.status !== 503 || expected === 503 || times === 0) return reply;
  expect(findReplyFaults(route, reply, { strict: true })).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  return await sendWithRetry(route, expected, options, times - 1);
}

const own = true;
const scenarioPrompt = (scenario: string) => `[[scenario:${scenario}]] go`;
const weather = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

test('the native chat routes match the document', async () => {
  const route = 'POST /api/chat/completions';
  const to = (provider: string, scenario: string) => ({ prompt: scenarioPrompt(scenario), provider });
  await Promise.all([
    ...['openai', 'claude', 'ollama'].flatMap((provider) =>
      ['paced ms=0 chunks=3', 'no-usage', 'refusal', 'length'].flatMap((scenario) => [
        call(route, 200, { body: to(provider, scenario), isOwn: own }),
        call('POST /stream', 200, { body: to(provider, scenario), isOwn: own }),
      ]),
    ),
    call(route, 200, { body: { prompt: 'Hi', provider: 'stub', model: null }, isOwn: own }),
    ...[route, 'POST /stream'].flatMap((each) => [
      call(each, 400, { body: { prompt: 'Hi', temperatur: 1 }, isOwn: own }),
      call(each, 400, { body: '{', isOwn: own }),
      call(each, 401, { body: to('stub', 'x'), key: null, isOwn: own }),
      call(each, 402, { body: { ...to('openai', 'paced'), maxTokens: 10_000 }, key: keys.poor, isOwn: own }),
      call(each, 404, { body: { prompt: 'Hi', model: 'gpt-none' }, isOwn: own }),
      call(each, 413, { body: JSON.stringify({ prompt: 'x'.repeat(11 * 1024 * 1024) }), isOwn: own }),
      call(each, 429, { body: to('openai', 'status code=429 retryAfter=7'), isOwn: own }),
      call(each, 502, { body: to('openai', 'status code=500'), isOwn: own }),
    ]),
    call('POST /stream', 200, { body: to('openai', 'unicode,cut'), isOwn: own }),
    call('POST /stream', 200, { body: to('claude', 'unicode,error-event'), isOwn: own }),
  ]);
});

test('the request log matches the document', async () => {
  const sent = await call('POST /api/chat/completions', 200, { body: { prompt: 'Hi', provider: 'stub' }, isOwn: own });
  const id = sent.headers.get('x-request-id') ?? '';
  await waitFor(() => call('GET /api/requests/{id}', 200, { id, isOwn: own }));
  await Promise.all([
    call('GET /api/requests', 200, { query: '?first=2', isOwn: own }),
    call('GET /api/requests', 200, { query: '?format=ndjson' }),
    call('GET /api/requests', 400, { query: '?first=0', isOwn: own }),
    call('GET /api/requests/{id}', 404, { id: 'req_none', isOwn: own }),
  ]);
});

test('limits and idempotency match the document', async () => {
  const body = { prompt: 'Hi', provider: 'stub' };
  await call('POST /api/chat/completions', 200, { body, key: keys.limited, isOwn: own });
  await call('POST /api/chat/completions', 429, { body, key: keys.limited, isOwn: own });
  for (const route of ['POST /api/chat/completions', 'POST /stream']) {
    const headers = { 'idempotency-key': `once ${route}` };
    await call(route, 200, { body, headers, isOwn: own });
    const again = await call(route, 200, { body, headers, isOwn: own });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    await call(route, 422, { body: { ...body, prompt: 'other' }, headers, isOwn: own });
  }
});

test('the job routes match the document', async () => {
  const input = { input: 'Hi', provider: 'stub', metadata: { order: [7] } };
  const created = (await call('POST /api/jobs', 202, { body: input, isOwn: own })).json();
  const async = { prefer: 'respond-async' };
  await call('POST /api/chat/completions', 202, {
    body: { prompt: 'Hi', provider: 'stub' },
    headers: async,
    isOwn: own,
  });
  const { id } = (
    await call('POST /api/jobs', 200, { body: input, headers: { prefer: 'wait=60' }, isOwn: own })
  ).json();
  const failing = { input: scenarioPrompt('status code=400'), provider: 'openai' };
  const failed = (
    await call('POST /api/jobs', 200, { body: failing, headers: { prefer: 'wait=60' }, isOwn: own })
  ).json();
  expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'invalid_request' } });
  await call('GET /api/jobs/{id}/events', 200, { id: failed.id, isOwn: own });
  await call('GET /api/jobs/{id}/events', 200, { id: created.id, isOwn: own });
  const events = (await call('GET /api/jobs/{id}/events', 200, { id, isOwn: own })).text;
  const last = [...events.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';
  await call('GET /api/jobs/{id}/events', 204, { id, headers: { 'last-event-id': last } });
  const slow = { input: scenarioPrompt('paced ms=200 chunks=300'), provider: 'openai' };
  const running = (await call('POST /api/jobs', 202, { body: slow, isOwn: own })).json();
  await Promise.all([
    call('GET /api/jobs', 200, { query: '?first=2&order=oldest', isOwn: own }),
    call('GET /api/jobs', 400, { query: '?first=1000', isOwn: own }),
    call('GET /api/jobs/{id}', 200, { id, isOwn: own }),
    call('GET /api/jobs/{id}', 404, { id: 'job_none', isOwn: own }),
    call('GET /api/jobs/{id}/events', 404, { id: 'job_none', isOwn: own }),
    call('POST /api/jobs/{id}/cancel', 200, { id: running.id, isOwn: own }),
    call('POST /api/jobs/{id}/cancel', 409, { id, isOwn: own }),
    call('POST /api/jobs', 400, { body: { type: 'CHAT', input: 'Hi' }, isOwn: own }),
    call('POST /api/jobs', 401, { body: input, key: 'nobody', isOwn: own }),
  ]);
});

test('the routes of OpenAI’s protocol match the document', async () => {
  const route = 'POST /v1/chat/completions';
  const chat = (model: string, scenario: string, more = {}) => ({
    model,
    messages: [{ role: 'user', content: scenarioPrompt(scenario) }],
    ...more,
  });
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters: weather } }];
  const models = [
    { model: 'gpt-4o-mini' },
    { model: 'claude-haiku-4-5', own },
    { model: 'ollama/llama3.2', own },
  ] as const;
  const many = ['paced ms=0 chunks=3', 'refusal', 'length', 'cached', 'reasoning', 'tool-call'];
  await Promise.all([
    ...models.flatMap(({ model, ...whose }) =>
      many.flatMap((scenario) => {
        const more = scenario === 'tool-call' ? { tools } : {};
        const stream = { ...more, stream: true, stream_options: { include_usage: true } };
        return [
          call(route, 200, { body: chat(model, scenario, more), ...whose, official: officialChatCompletion }),
          call(route, 200, { body: chat(model, scenario, stream), ...whose, official: officialChatChunk }),
        ];
      }),
    ),
    call(route, 200, { body: chat('stub', 'x'), official: officialChatCompletion }),
    call(route, 200, { body: chat('gpt-4o-mini', 'unicode,cut', { stream: true }) }),
    call(route, 200, { body: chat('claude-haiku-4-5', 'unicode,cut', { stream: true }), isOwn: own }),
    call(route, 400, { body: chat('claude-haiku-4-5', 'x', { n: 2 }), isOwn: own }),
    call(route, 401, { body: chat('stub', 'x'), key: null, isOwn: own }),
    call(route, 402, { body: chat('gpt-4o-mini', 'paced', { max_tokens: 10_000 }), key: keys.poor, isOwn: own }),
    call(route, 404, { body: chat('gpt-none', 'x'), isOwn: own }),
    call(route, 429, { body: chat('gpt-4o-mini', 'status code=429 retryAfter=7'), isOwn: own }),
    call(route, 502, { body: chat('claude-haiku-4-5', 'status code=529'), isOwn: own }),
    call('POST /v1/embeddings', 200, {
      body: { model: 'openai/text-embedding-3-small', input: ['one', 'two'] },
      official: officialEmbeddings,
    }),
    call('POST /v1/embeddings', 200, { body: { model: 'stub', input: 'one' }, official: officialEmbeddings }),
    call('POST /v1/embeddings', 400, { body: { model: 'claude-haiku-4-5', input: 'one' }, isOwn: own }),
    call('POST /v1/responses', 200, { body: { model: 'gpt-4o-mini', input: 'Hi' } }),
    call('POST /v1/responses', 200, { body: { model: 'gpt-4o-mini', input: 'Hi', stream: true } }),
    call('POST /v1/responses', 200, { body: { model: 'claude-haiku-4-5', input: 'Hi' } }),
    call('POST /v1/responses', 200, { body: { model: 'stub', input: 'Hi', stream: true } }),
    call('POST /v1/responses', 400, { body: { model: 'claude-haiku-4-5', input: [] }, isOwn: own }),
    call('POST /v1/responses/compact', 200, { body: { model: 'gpt-4o-mini', input: 'Hi' } }),
    call('POST /v1/responses/compact', 200, { body: { model: 'stub', input: 'Hi' }, isOwn: own }),
    call('POST /v1/responses/input_tokens', 200, { body: { model: 'stub', input: 'Hi' }, isOwn: own }),
    call('POST /v1/responses/{id}/cancel', 404, { id: 'resp_none', isOwn: own }),
    call('POST /openai/deployments/{model}/chat/completions', 200, {
      id: 'gpt-4o-mini',
      body: { messages: [{ role: 'user', content: 'Hi' }] },
    }),
    call('POST /openai/deployments/{model}/embeddings', 200, { id: 'stub', body: { input: 'one' } }),
    call('GET /v1/models', 200, { isOwn: own, official: officialModelList }),
    call('GET /v1/models/{id}', 200, { id: 'gpt-4o-mini', isOwn: own, official: officialModel }),
    call('GET /v1/models/{id}', 404, { id: 'none', isOwn: own }),
    call('GET /v1/models', 401, { key: null, isOwn: own }),
  ]);
});

test('a stored response', async () => {
  const { id } = (await call('POST /v1/responses', 200, { body: { model: 'stub', input: 'Hi' } })).json();
  await call('GET /v1/responses/{id}', 200, { id });
  await call('GET /v1/responses/{id}/input_items', 200, { id, query: '?limit=1', isOwn: own });
  await call('GET /v1/responses/{id}/input_items', 400, { id, query: '?limit=0', isOwn: own });
  await call('POST /v1/responses/{id}/cancel', 400, { id, isOwn: own });
  const body = { model: 'stub', input: 'Hi', background: true };
  const queued = (await call('POST /v1/responses', 200, { body })).json();
  await call('GET /v1/responses/{id}', 200, { id: queued.id });
  await call('POST /v1/responses/{id}/cancel', 200, { id: queued.id });
  await call('DELETE /v1/responses/{id}', 200, { id: queued.id, isOwn: own });
  await call('DELETE /v1/responses/{id}', 200, { id, isOwn: own });
  await call('GET /v1/responses/{id}', 404, { id, isOwn: own });
});

test('the passthrough-only routes of OpenAI match the document', async () => {
  const chosen = (route: string, body: object, official?: z.ZodType) =>
    call(route, 200, { body, ...(official && { official }) });
  const formType = { 'content-type': 'multipart/form-data; boundary=b' };
  const part = (parameters: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; ${parameters}\r\n\r\n${value}\r\n`;
  const form = (fields: Readonly<Record<string, string>>) =>
    `${Object.entries(fields)
      .map(([name, value]) => part(`name="${name}"`, value))
      .join('')}${part('name="file"; filename="a.mp3"', 'x')}--b--`;
  const post = (route: string, fields: Readonly<Record<string, string>>, status = 200) =>
    call(route, status, { body: form(fields), headers: formType, ...(status >= 400 && { isOwn: own }) });
  const gpt = 'gpt-3.5-turbo-instruct';
  const picture = { model: 'gpt-image-1', prompt: 'A cat' };
  const speech = { model: 'gpt-4o-mini-tts', input: 'Hi', voice: 'alloy' };
  const transcribe = { model: 'gpt-4o-transcribe' };
  await Promise.all([
    ...[gpt, 'stub'].flatMap((model) => [
      chosen('POST /v1/completions', { model, prompt: 'Hi' }, officialCompletion),
      chosen('POST /v1/completions', {
        model,
        prompt: ['a', 'b'],
        stream: true,
        stream_options: { include_usage: true },
      }),
    ]),
    chosen('POST /v1/completions', { model: gpt, prompt: scenarioPrompt('unicode,cut'), stream: true }),
    chosen('POST /v1/moderations', { input: 'Hi' }),
    chosen('POST /v1/images/generations', picture),
    chosen('POST /v1/images/generations', { ...picture, stream: true }),
    chosen('POST /v1/images/generations', { ...picture, stream: true, prompt: scenarioPrompt('cut') }),
    chosen('POST /v1/audio/speech', speech),
    chosen('POST /v1/audio/speech', { ...speech, stream_format: 'sse' }),
    post('POST /v1/images/edits', picture),
    post('POST /v1/images/edits', { ...picture, stream: 'true' }),
    post('POST /v1/images/variations', { model: 'dall-e-2' }),
    post('POST /v1/audio/translations', { model: 'whisper-1' }),
    post('POST /v1/audio/transcriptions', transcribe),
    post('POST /v1/audio/transcriptions', { ...transcribe, stream: 'true' }),
    post('POST /v1/audio/transcriptions', { model: 'whisper-1', response_format: 'srt' }),
    post('POST /v1/audio/transcriptions', {}, 400),
    call('POST /v1/audio/transcriptions', 401, { body: form(transcribe), headers: formType, key: null, isOwn: own }),
    call('POST /v1/audio/transcriptions', 402, {
      body: form({ model: 'whisper-1' }),
      headers: formType,
      key: keys.poor,
      isOwn: own,
    }),
    call('POST /v1/audio/transcriptions', 413, { body: 'x'.repeat(11 * 1024 * 1024), headers: formType, isOwn: own }),
    call('POST /v1/images/generations', 400, { body: { prompt: 'A cat' }, isOwn: own }),
    call('POST /v1/images/generations', 402, { body: { ...picture, model: 'dall-e-3' }, key: keys.poor, isOwn: own }),
    call('POST /v1/moderations', 400, { body: { model: 'claude-haiku-4-5', input: 'Hi' }, isOwn: own }),
  ]);
});

test('the routes of Anthropic’s protocol match the document', async () => {
  const route = 'POST /v1/messages';
  const headers = { 'anthropic-version': '2023-06-01' };
  const message = (model: string, scenario: string, more = {}) => ({
    model,
    max_tokens: 1_000,
    messages: [{ role: 'user', content: scenarioPrompt(scenario) }],
    ...more,
  });
  const tools = [{ name: 'get_weather', input_schema: weather }];
  const models = [
    { model: 'claude-haiku-4-5' },
    { model: 'gpt-4o-mini', own },
    { model: 'ollama/llama3.2', own },
  ] as const;
  const many = ['paced ms=0 chunks=3', 'refusal', 'length', 'cached', 'reasoning', 'tool-call'];
  await Promise.all([
    ...models.flatMap(({ model, ...whose }) =>
      many.flatMap((scenario) => {
        const more = scenario === 'tool-call' ? { tools } : {};
        const streamed = { ...more, stream: true };
        return [
          call(route, 200, { body: message(model, scenario, more), headers, ...whose }),
          call(route, 200, { body: message(model, scenario, streamed), headers, ...whose }),
        ];
      }),
    ),
    call(route, 200, { body: message('claude-haiku-4-5', 'unicode,cut', { stream: true }), headers }),
    call(route, 200, { body: message('gpt-4o-mini', 'unicode,cut', { stream: true }), headers, isOwn: own }),
    call(route, 400, { body: message('gpt-4o-mini', 'x', { top_p: 'high' }), isOwn: own }),
    call(route, 401, { body: message('stub', 'x'), key: null, isOwn: own }),
    call(route, 402, { body: message('gpt-4o-mini', 'x', { max_tokens: 10_000 }), key: keys.poor, isOwn: own }),
    call(route, 404, { body: message('claude-none', 'x'), isOwn: own }),
    call(route, 429, { body: message('claude-haiku-4-5', 'status code=429 retryAfter=7'), isOwn: own }),
    call(route, 529, { body: message('claude-haiku-4-5', 'status code=529') }),
    call(route, 502, { body: message('gpt-4o-mini', 'status code=500'), isOwn: own }),
    ...['ollama/llama3.2', 'gpt-4o-mini'].map((model) =>
      call('POST /v1/messages/count_tokens', 200, {
        body: { model, messages: [{ role: 'user', content: 'Hi' }] },
        headers,
      }),
    ),
    call('POST /v1/messages/count_tokens', 400, { body: { model: 'gpt-4o-mini' }, isOwn: own }),
    call('GET /v1/models', 200, { headers, isOwn: own }),
    call('GET /v1/models/{id}', 200, { headers, id: 'claude-haiku-4-5', isOwn: own }),
    call('GET /v1/models/{id}', 404, { headers, id: 'none', isOwn: own }),
  ]);
});

test('Gemini’s protocol replies as the document says', async () => {
  const route = 'POST /v1beta/models/{model}:generateContent';
  const streamed = 'POST /v1beta/models/{model}:streamGenerateContent';
  const content = (scenario: string, more = {}) => ({
    contents: [{ role: 'user', parts: [{ text: scenarioPrompt(scenario) }] }],
    ...more,
  });
  const tools = [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: weather }] }];
  const many = ['paced ms=0 chunks=3', 'refusal', 'length', 'cached', 'reasoning', 'tool-call'];
  const includeThoughts = { generationConfig: { thinkingConfig: { includeThoughts: true } } };
  const embed = { content: { parts: [{ text: 'one' }] } };
  await Promise.all([
    ...['gpt-4o-mini', 'claude-haiku-4-5', 'ollama/llama3.2'].flatMap((id) =>
      many.flatMap((scenario) => {
        const body = content(scenario, scenario === 'tool-call' ? { tools } : includeThoughts);
        return [
          call(route, 200, { id, body, isOwn: own }),
          call(streamed, 200, { id, body, isOwn: own }),
          call(streamed, 200, { id, body, query: '?alt=sse', isOwn: own }),
        ];
      }),
    ),
    ...['', '?alt=sse'].map((query) =>
      call(streamed, 200, { id: 'gpt-4o-mini', body: content('unicode,cut'), query, isOwn: own }),
    ),
    call(route, 400, {
      id: 'gpt-4o-mini',
      body: content('x', { generationConfig: { candidateCount: 2 } }),
      isOwn: own,
    }),
    call(route, 401, { id: 'stub', body: content('x'), key: null, isOwn: own }),
    call(route, 402, {
      id: 'gpt-4o-mini',
      body: content('x', { generationConfig: { maxOutputTokens: 10_000 } }),
      key: keys.poor,
      isOwn: own,
    }),
    call(route, 404, { id: 'claude/claude-none', body: content('x'), isOwn: own }),
    call(route, 429, { id: 'gpt-4o-mini', body: content('status code=429 retryAfter=7'), isOwn: own }),
    call(route, 502, { id: 'gpt-4o-mini', body: content('status code=500'), isOwn: own }),
    call('POST /v1beta/models/{model}:countTokens', 200, { id: 'gpt-4o-mini', body: content('x'), isOwn: own }),
    call('POST /v1beta/models/{model}:embedContent', 200, { id: 'stub', body: embed, isOwn: own }),
    call('POST /v1beta/models/{model}:batchEmbedContents', 200, {
      id: 'openai/text-embedding-3-small',
      body: { requests: [embed, embed] },
      isOwn: own,
    }),
    call('GET /v1beta/models', 200, { query: '?pageSize=5', isOwn: own }),
    call('GET /v1beta/models', 400, { query: '?pageSize=x', isOwn: own }),
    call('GET /v1beta/models/{model}', 200, { id: 'gpt-4o-mini', isOwn: own }),
    call('GET /v1beta/models/{model}', 404, { id: 'none', isOwn: own }),
  ]);
});

test('GraphQL and the status pages match the document', async () => {
  const query = 'query { me { id name active } }';
  await Promise.all([
    call('POST /graphql', 200, { body: { query }, isOwn: own }),
    call('POST /graphql', 200, { body: { query: 'mutation { cancelJob(id: "job_none") { id } }' }, isOwn: own }),
    call('POST /graphql', 401, { body: { query }, key: null, isOwn: own }),
    call('GET /graphql', 200, { query: `?query=${encodeURIComponent(query)}`, isOwn: own }),
    call('GET /health', 200, { key: null, isOwn: own }),
    call('GET /ready', 200, { key: null, isOwn: own }),
    call('GET /', 200, { key: null }),
    call('GET /favicon.ico', 200, { key: null }),
    call('GET /docs/settings.json', 200, { key: null }),
  ]);
});

/** Of files that stand beside the Worker, which has none here. */
const pages = [
  '/docs',
  '/openapi.json',
  '/playground',
  '/playground/settings.json',
  '/console',
  '/console/settings.json',
];

test('the tests cover every success response of the document', () => {
  const described = Object.entries(apiDocument.paths)
    .filter(([path]) => !pages.includes(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    );
  const successes = described.filter((reply) => / 2\d\d$/.test(reply));
  expect([...seenReplies].filter((reply) => / 2\d\d$/.test(reply)).sort()).toEqual(successes.sort());
});
