import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { post } from './gateway.ts';
import { findRequest, openClient } from './openai-client.ts';

const replyText = 'Привет! Это ответ сервера OpenAI.';
const instruct = 'gpt-3.5-turbo-instruct';
/** Nano-dollars: 1.5 and 2 dollars per million tokens. */
const costOf = (input: number, output: number) => BigInt(input) * 1_500n + BigInt(output) * 2_000n;

describe.each([
  [instruct, 'openai', costOf(19, 7)],
  [`openai/${instruct}`, 'openai', costOf(19, 7)],
  ['acme/acme-large', 'acme', null],
])('%s', (model, provider, costNanoUsd) => {
  it('answers the official client whole', async () => {
    const { client, row } = await openClient();
    const { choices, usage } = await client.completions.create({ model, prompt: 'Hi' });
    expect(choices).toEqual([{ index: 0, text: replyText, logprobs: null, finish_reason: 'stop' }]);
    expect(usage).toMatchObject({ prompt_tokens: 19, completion_tokens: 7 });
    const expected = { source: 'sync', status: 'completed', finishReason: 'stop', tokenSource: 'provider' };
    expect(await row()).toMatchObject({ ...expected, provider, inputTokens: 19, outputTokens: 7, costNanoUsd });
  });

  it('streams to the official client, and meters without showing the usage chunk', async () => {
    const { client, row } = await openClient();
    let text = '';
    for await (const chunk of await client.completions.create({ model, prompt: 'Hi', stream: true })) {
      text += chunk.choices[0]?.text ?? '';
      expect(chunk.choices).toHaveLength(1);
    }
    expect(text).toBe(replyText);
    const expected = { source: 'stream', status: 'completed', finishReason: 'stop', tokenSource: 'provider' };
    expect(await row()).toMatchObject({ ...expected, provider, inputTokens: 19, outputTokens: 7, costNanoUsd });
  });
});

describe('Stub', () => {
  it('answers each prompt', async () => {
    const { client, row } = await openClient();
    const { choices, usage } = await client.completions.create({
      model: 'stub',
      prompt: ['one', 'two three'],
      echo: true,
    });
    expect(choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'oneStub reply to: one'],
      [1, 'two threeStub reply to: two three'],
    ]);
    expect(usage).toEqual({ prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 });
    expect(await row()).toMatchObject({ provider: 'stub', inputTokens: 3, outputTokens: 9, costNanoUsd: 0n });
  });

  it('streams token ids, with the usage that was request for', async () => {
    const { client } = await openClient();
    const request = {
      model: 'stub',
      prompt: [1, 2],
      max_tokens: 4,
      stream: true,
      stream_options: { include_usage: true },
    } as const;
    const chunks = [];
    for await (const chunk of await client.completions.create({ ...request, prompt: [1, 2] })) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe('Stub reply to: tokens ');
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } });
  });

  it.each([
    [{ model: 'stub', n: 2 }, 400],
    [{ model: 'stub', prompt: 7 }, 400],
    [{ model: 'stub-error' }, 500],
    [{ model: 'stub-none' }, 404],
  ])('refuses %j', async (fields, status) => {
    const { headers } = await openClient();
    const reply = await post('/v1/completions', { prompt: 'Hi', ...fields }, headers);
    expect([reply.status, await reply.json()]).toMatchObject([status, { error: { message: expect.any(String) } }]);
  });
});

it('sends the body on as it came, but for the name of the model', async () => {
  const { headers } = await openClient();
  const mark = crypto.randomUUID();
  const body = `{ "prompt":["${mark}"],  "a_new_field":{"x":[1.0,2e3]},"best_of":3,"model":"openai/${instruct}", "suffix" : "end" }`;
  const reply = await post('/v1/completions', body, headers);
  expect(reply.status).toBe(200);
  expect((await findRequest(mark)).body).toEqual({ ...JSON.parse(body), model: instruct });
});

it('bills best_of and several prompts as the provider counts them', async () => {
  const { client, row } = await openClient();
  const { choices } = await client.completions.create({ model: instruct, prompt: ['a', 'b'], n: 2, best_of: 3 });
  expect(choices).toHaveLength(4);
  expect(await row()).toMatchObject({ outputTokens: 42, costNanoUsd: costOf(19, 42) });
});

it.each([{}, { stream_options: { include_usage: true } }])('gives a whole reply as a stream: %j', async (options) => {
  const { client, row } = await openClient();
  const prompt = '[[scenario:unstreamed]] go';
  const chunks = [];
  for await (const chunk of await client.completions.create({ model: instruct, prompt, stream: true, ...options })) {
    chunks.push(chunk);
  }
  const counts = chunks.filter(({ usage }) => usage).map(({ usage }) => usage?.completion_tokens);
  expect([chunks[0]?.choices[0]?.text, counts]).toEqual([replyText, 'stream_options' in options ? [7] : []]);
  expect(await row()).toMatchObject({ status: 'completed', outputTokens: 7 });
});

describe('a stream that breaks off', () => {
  it.each(['cut', 'clean-cut', 'silence after=2', 'cut mid=character', 'error-event'])(
    'ends in one error event of the protocol: %s',
    async (trouble) => {
      const { headers, row } = await openClient();
      const body = { model: instruct, prompt: `[[scenario:unicode,${trouble}]] go`, stream: true };
      const text = await (await post('/v1/completions', body, headers)).text();
      expect(text).toMatch(/\n\ndata: \{"error":\{.*\}\}\n\n$/);
      expect(text).not.toContain('[DONE]\n\n');
      const { status, tokenSource, outputTokens, costNanoUsd } = await row();
      expect({ status, tokenSource }).toEqual({ status: 'failed', tokenSource: 'estimated' });
      expect(outputTokens).toBeGreaterThan(0);
      expect(costNanoUsd).toBeGreaterThan(0n);
    },
  );

  it('raises an APIError in the official client', async () => {
    const { client } = await openClient();
    const stream = await client.completions.create({ model: instruct, prompt: '[[scenario:cut]] go', stream: true });
    const read = async () => {
      for await (const event of stream) void event;
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});

it('aborts the provider when the client leaves', async () => {
  const { headers, row } = await openClient();
  const mark = crypto.randomUUID();
  const body = { model: instruct, prompt: `[[scenario:held mark=${mark} after=2]] go`, stream: true };
  const response = await post('/v1/completions', body, headers);
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(await row()).toMatchObject({ status: 'client_gone', tokenSource: 'estimated' });
  await expect.poll(async () => (await findRequest(mark)).aborted).toBe(true);
});

describe('refuses', () => {
  it.each(['claude-haiku-4-5', 'ollama/llama3.2'])('a model of a provider without the endpoint: %s', async (model) => {
    const { client } = await openClient();
    const error = await client.completions.create({ model, prompt: 'Hi' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param: 'model', message: expect.stringContaining('/v1/chat/completions') });
  });

  it('a model that the API key may not use', async () => {
    const { client } = await openClient({ allowedModels: ['gpt-4o-mini'] });
    const refused = client.completions.create({ model: instruct, prompt: 'Hi' });
    await expect(refused).rejects.toMatchObject({ status: 403, param: 'model' });
  });

  it('a provider that the API key may not use', async () => {
    const { client } = await openClient({ allowedProviders: ['stub'] });
    await expect(client.completions.create({ model: instruct, prompt: 'Hi' })).rejects.toMatchObject({ status: 403 });
  });

  it.each([
    ['n', 0],
    ['best_of', 'many'],
    ['max_tokens', -1],
    ['stream', 'yes'],
    ['echo', 1],
  ])('a wrong %s', async (field, value) => {
    const { headers } = await openClient();
    const response = await post('/v1/completions', { model: instruct, prompt: 'Hi', [field]: value }, headers);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: field } }]);
  });

  it.each([
    ['n', { n: 100 }, {}],
    ['best_of', { best_of: 20 }, { max_tokens: 500 }],
    ['prompts', { prompt: Array.from({ length: 100 }, () => 'Hi') }, {}],
    ['echo', { echo: true }, { prompt: 'word '.repeat(7_500), max_tokens: 1 }],
  ])('a request that exceeds a budget by %s alone', async (_name, field, fields) => {
    const body = { model: instruct, prompt: 'Hi', max_tokens: 100, ...fields };
    const { headers } = await openClient({ dailyBudgetNanoUsd: 15_000_000n });
    expect((await post('/v1/completions', { ...body, ...field }, headers)).status).toBe(402);
    expect((await post('/v1/completions', body, headers)).status).toBe(200);
  });
});
