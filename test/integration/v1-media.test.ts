import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { post } from './gateway.ts';
import { findRequest, openClient } from './openai-client.ts';

const replyText = 'Привет! Это ответ сервера OpenAI.';
const replyBase64 = btoa(String.fromCharCode(...new TextEncoder().encode(replyText)));

async function postAs(path: string, body: object, columns: Parameters<typeof openClient>[0] = {}) {
  const { headers, row } = await openClient(columns);
  return { response: await post(path, body, headers), row };
}

describe('moderations', () => {
  it('answers the official client, which names no model, at no cost', async () => {
    const { client, row } = await openClient({ dailyBudgetNanoUsd: 1n });
    const { results } = await client.moderations.create({ input: ['a bomb', 'a flower'] });
    expect(results.map(({ flagged }) => flagged)).toEqual([true, true]);
    expect(await row()).toMatchObject({
      provider: 'openai',
      model: 'omni-moderation-latest',
      reportedModel: 'omni-moderation-2024-09-26',
      status: 'completed',
      outputTokens: 0,
      costNanoUsd: 0n,
      priceVersion: expect.stringMatching(/^genai-prices/),
    });
  });

  it('has no known cost at a provider that is in no price list', async () => {
    const body = { model: 'acme/omni-moderation-latest', input: 'Hi' };
    const { response, row } = await postAs('/v1/moderations', body);
    expect(response.status).toBe(200);
    expect(await row()).toMatchObject({ provider: 'acme', costNanoUsd: null });
    expect((await postAs('/v1/moderations', body, { dailyBudgetNanoUsd: 10n ** 12n })).response.status).toBe(402);
  });

  it('sends the body on as it came, but for the prefix of the model', async () => {
    const mark = crypto.randomUUID();
    const body = `{ "model":"openai/omni-moderation-latest", "input":"${mark}", "a_new_field":1.0 }`;
    const { headers } = await openClient();
    // The test provider is strict about fields that OpenAI does not have: what it has read is compared.
    await post('/v1/moderations', body, headers);
    expect((await findRequest(mark)).body).toEqual({ model: 'omni-moderation-latest', input: mark, a_new_field: 1 });
  });
});

describe('pictures', () => {
  it('are made for the official client, and priced by their tokens', async () => {
    const { client, row } = await openClient();
    const { data, usage } = await client.images.generate({ model: 'gpt-image-1', prompt: 'A cat', n: 2 });
    expect(data?.map(({ b64_json }) => b64_json)).toEqual([replyBase64, replyBase64]);
    expect(usage).toMatchObject({ input_tokens: 19, output_tokens: 14 });
    expect(await row()).toMatchObject({
      source: 'sync',
      inputTokens: 19,
      outputTokens: 14,
      tokenSource: 'provider',
      costNanoUsd: 19n * 5_000n + 14n * 40_000n,
    });
  });

  it('have the price of pictures where text has another', async () => {
    const { response, row } = await postAs('/v1/images/generations', { model: 'gpt-image-1.5', prompt: 'A cat' });
    expect(response.status).toBe(200);
    expect(await row()).toMatchObject({ costNanoUsd: 19n * 5_000n + 7n * 32_000n });
  });

  it('stream to the official client', async () => {
    const { client, row } = await openClient();
    const request = { model: 'gpt-image-1', prompt: 'A cat', stream: true, partial_images: 2 } as const;
    const types: string[] = [];
    for await (const { type } of await client.images.generate(request)) types.push(type);
    expect([types[0], types.at(-1)]).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    expect(await row()).toMatchObject({
      source: 'stream',
      status: 'completed',
      costNanoUsd: 19n * 5_000n + 7n * 40_000n,
    });
  });

  it.each(['cut', 'clean-cut', 'silence after=2', 'error-event'])(
    'end in one error event where the stream breaks off: %s',
    async (trouble) => {
      const body = { model: 'gpt-image-1', prompt: `[[scenario:${trouble}]] go`, stream: true };
      const { response, row } = await postAs('/v1/images/generations', body);
      expect(await response.text()).toMatch(/\n\n(?:event: error\n)?data: \{.*"error":?.*\}\n\n$/);
      expect(await row()).toMatchObject({ status: 'failed', costNanoUsd: null });
    },
  );

  it('are an error where a short reply breaks off', async () => {
    const body = { model: 'gpt-image-1', prompt: '[[scenario:cut]] go' };
    const { response, row } = await postAs('/v1/images/generations', body);
    expect([response.status, await response.json()]).toMatchObject([502, { error: { code: 'provider_error' } }]);
    expect(await row()).toMatchObject({ status: 'failed', costNanoUsd: null });
  });

  it('pass through without being held, and are metered, where a reply is long', async () => {
    const prompt = '[[scenario:long chunks=3000 size=1000]] go';
    const { response, row } = await postAs('/v1/images/generations', { model: 'gpt-image-1', prompt });
    expect(response.headers.get('content-type')).toBe('application/json');
    const { data } = (await response.json()) as { data: { b64_json: string }[] };
    expect(atob(data[0]?.b64_json ?? '')).toHaveLength(3_000_000);
    expect(await row()).toMatchObject({ status: 'completed', costNanoUsd: 19n * 5_000n + 7n * 40_000n });
  });

  it('break off for the client where a long reply breaks off', async () => {
    const prompt = '[[scenario:long,cut chunks=3000 size=1000]] go';
    const { response, row } = await postAs('/v1/images/generations', { model: 'gpt-image-1', prompt });
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(await row()).toMatchObject({ status: 'failed', costNanoUsd: null });
  });

  it('have no known cost where they are billed by the picture', async () => {
    const body = { model: 'dall-e-3', prompt: 'A cat' };
    const { response, row } = await postAs('/v1/images/generations', body);
    expect(response.status).toBe(200);
    expect(await row()).toMatchObject({ status: 'completed', costNanoUsd: null, inputTokens: null });
    const refused = await postAs('/v1/images/generations', body, { dailyBudgetNanoUsd: 10n ** 12n });
    expect(refused.response.status).toBe(402);
  });

  it('have no known cost where the provider counts nothing', async () => {
    const body = { model: 'gpt-image-1', prompt: '[[scenario:no-usage]] go' };
    const { response, row } = await postAs('/v1/images/generations', body);
    expect(response.status).toBe(200);
    expect(await row()).toMatchObject({ status: 'completed', costNanoUsd: null });
  });

  it('reserve the longest reply of each picture within a budget', async () => {
    const body = { model: 'gpt-image-1', prompt: 'A cat' };
    // 32,768 tokens a picture, at 40 dollars a million.
    const columns = { dailyBudgetNanoUsd: 2_000_000_000n };
    expect((await postAs('/v1/images/generations', body, columns)).response.status).toBe(200);
    expect((await postAs('/v1/images/generations', { ...body, n: 2 }, columns)).response.status).toBe(402);
  });

  it.each([
    [{ model: 'claude-haiku-4-5' }, 'model'],
    [{ model: 'ollama/llama3.2' }, 'model'],
    [{ model: 'stub' }, 'model'],
    [{}, 'model'],
    [{ model: 'gpt-image-1', n: 0 }, 'n'],
    [{ model: 'gpt-image-1', stream: 'yes' }, 'stream'],
  ])('are refused for %j', async (fields, param) => {
    const { response } = await postAs('/v1/images/generations', { prompt: 'A cat', ...fields });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
  });
});

describe('speech', () => {
  const request = { model: 'gpt-4o-mini-tts', voice: 'alloy' } as const;

  it('comes back to the official client byte for byte, with its content type', async () => {
    const { client, row } = await openClient();
    const response = await client.audio.speech.create({ ...request, input: 'Hi' });
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([...bytes.subarray(0, 256)]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
    expect(bytes).toHaveLength(512 + 2 * replyText.length);
    expect(await row()).toMatchObject({ source: 'sync', status: 'completed', tokenSource: 'none', costNanoUsd: null });
  });

  it('streams events to the client, priced by their tokens', async () => {
    const body = { ...request, input: 'Hi', stream_format: 'sse' };
    const { response, row } = await postAs('/v1/audio/speech', body, { dailyBudgetNanoUsd: 10n ** 9n });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await response.text()).toContain('"type":"speech.audio.done"');
    expect(await row()).toMatchObject({ source: 'stream', costNanoUsd: 19n * 600n + 7n * 12_000n });
  });

  it('arrives before the provider has sent all of it', async () => {
    const mark = crypto.randomUUID();
    const input = `[[scenario:silence after=1]] ${mark}`;
    const { response, row } = await postAs('/v1/audio/speech', { ...request, input });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(first?.value?.[0]).toBe(0);
    await reader?.cancel();
    expect(await row()).toMatchObject({ status: 'client_gone', costNanoUsd: null });
    await expect.poll(async () => (await findRequest(mark)).aborted).toBe(true);
  });

  it('breaks off for the client where the provider breaks off', async () => {
    const { response, row } = await postAs('/v1/audio/speech', { ...request, input: '[[scenario:cut]] go' });
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(await row()).toMatchObject({ status: 'failed', errorCode: 'provider_error', costNanoUsd: null });
  });

  it.each([
    ['tts-1', {}],
    ['gpt-4o-mini-tts', {}],
    ['gpt-4o-mini-tts', { stream_format: 'audio' }],
  ])('is refused under a budget where its reply has no count: %s %j', async (model, fields) => {
    const body = { ...request, input: 'Hi', model, ...fields };
    const { response } = await postAs('/v1/audio/speech', body, { dailyBudgetNanoUsd: 10n ** 12n });
    expect(response.status).toBe(402);
  });

  it('is an error where a page comes in its place', async () => {
    const { response } = await postAs('/v1/audio/speech', { ...request, input: '[[scenario:html code=200]] go' });
    expect([response.status, await response.json()]).toMatchObject([502, { error: { code: 'provider_error' } }]);
  });
});

describe('every one of these routes', () => {
  const routes = [
    ['/v1/moderations', { model: 'omni-moderation-latest' }, 'input'],
    ['/v1/images/generations', { model: 'gpt-image-1' }, 'prompt'],
    ['/v1/audio/speech', { model: 'gpt-4o-mini-tts', voice: 'alloy' }, 'input'],
  ] as const;
  const bodyFor = (fields: object, name: string, scenario: string) => ({
    ...fields,
    [name]: `[[scenario:${scenario}]]`,
  });

  it.each(routes)('%s passes an error of the provider', async (path, fields, name) => {
    const { response, row } = await postAs(path, bodyFor(fields, name, 'status code=429 retryAfter=7'));
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('x-gateway-error-source')).toBe('provider');
    expect(await row()).toMatchObject({ status: 'failed', errorCode: 'rate_limited', costNanoUsd: 0n });
  });

  it.each(routes)('%s hides an error of the operator’s account', async (path, fields, name) => {
    const { response } = await postAs(path, bodyFor(fields, name, 'status code=401'));
    expect([response.status, await response.json()]).toMatchObject([502, { error: { code: 'provider_error' } }]);
  });

  it.each(routes)('%s follows no redirect', async (path, fields, name) => {
    const { response } = await postAs(path, bodyFor(fields, name, 'redirect to=/v1/elsewhere'));
    expect(response.status).toBe(502);
  });

  it.each(routes)('%s is closed to models and providers that the API key may not use', async (path, fields, name) => {
    const body = { ...fields, [name]: 'Hi' };
    expect((await postAs(path, body, { allowedModels: ['gpt-4o'] })).response.status).toBe(403);
    expect((await postAs(path, body, { allowedProviders: ['stub'] })).response.status).toBe(403);
    expect((await postAs(path, body, { scopes: ['read'] })).response.status).toBe(403);
  });

  it.each(routes)('%s names the model that the provider lacks', async (path, fields, name) => {
    const { response } = await postAs(path, { ...fields, model: 'openai/none', [name]: 'Hi' });
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'model_not_found' } }]);
  });

  it.each(routes)('%s passes the 404 of a server without the route', async (path, fields, name) => {
    const { response } = await postAs(path, bodyFor(fields, name, 'html code=404'));
    expect([response.status, response.headers.get('x-gateway-error-source')]).toEqual([404, 'provider']);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('raises the classes of the official client', async () => {
    const { client } = await openClient();
    const refused = client.images.generate({ model: 'gpt-image-1', prompt: '[[scenario:status code=400]]' });
    await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });
});
