import '../../src/graphql/server.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, ledgerRows, variables } from './gateway.ts';
import { createRoutedGateway, createRoutedTenants } from './routed-gateway.ts';

const gateway = createRoutedGateway();
const instruct = 'gpt-3.5-turbo-instruct';
const acme = 'acme/acme-large';
const replyText = 'Привет! Это ответ сервера OpenAI.';
let adminKey: string;

beforeAll(async () => {
  ({ key: adminKey } = await createTenant({ scopes: ['admin'] }));
});

async function createRouted(columns: Parameters<typeof createRoutedTenants>[1] = {}) {
  const [tenant] = await createRoutedTenants(1, columns);
  if (!tenant) return expect.unreachable();
  const headers = { 'x-api-key': tenant.key };
  const post = (body: object, more: object = {}) => gateway.post('/v1/completions', body, { ...headers, ...more });
  const readRows = async (count: number) =>
    (await ledgerRows(tenant.tenantId, count)).toSorted((left, right) => left.attempt - right.attempt);
  return { ...tenant, headers, post, readRows };
}

async function setRoute(tenantId: string, route: object) {
  const query = 'mutation ($input: SetRouteInput!) { setRoute(input: $input) { name } }';
  const body = { query, variables: { input: { tenantId, ...route } } };
  const response = await gateway.post('/graphql', body, { 'x-api-key': adminKey });
  expect(await response.json()).not.toHaveProperty('errors');
}

/** Joins the texts of a stream that has no error and ends as the protocol says. */
function joinTexts(stream: string): string {
  expect(stream).toMatch(/\n\ndata: \[DONE\]\n\n$/);
  const chunks = stream.matchAll(/^data: (\{.*\})$/gm);
  return [...chunks].map(([, json = '']) => JSON.parse(json).choices[0]?.text ?? '').join('');
}

describe.concurrent.each([false, true])('a list of models, stream: %s', (stream) => {
  it.each([
    ['status code=500', 'provider_error'],
    ['status code=429', 'rate_limited'],
    ['reset', 'provider_error'],
    ['headers-then-reset', 'provider_error'],
  ])('is answered by the second where the first fails: %s', async (scenario, errorCode) => {
    const { post, readRows } = await createRouted();
    const prompt = `[[scenario:${scenario} only=gpt]] go`;
    const response = await post({ models: [instruct, acme], prompt, stream });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    expect(stream ? joinTexts(text) : JSON.parse(text).choices[0].text).toBe(replyText);
    expect(response.headers.get('x-gateway-provider')).toBe('acme');
    expect(response.headers.get('x-gateway-attempts')).toBe('2');
    expect(await readRows(2)).toMatchObject([
      { provider: 'openai', model: instruct, status: 'failed', errorCode, isLast: false },
      { provider: 'acme', model: 'acme-large', status: 'completed', isLast: true },
    ]);
  });

  it('passes over a provider without Completions', async () => {
    const { post, readRows } = await createRouted();
    const response = await post({ models: ['claude-haiku-4-5', acme], prompt: 'Hi', stream });
    expect([response.status, response.headers.get('x-gateway-provider')]).toEqual([200, 'acme']);
    await response.text();
    expect(await readRows(1)).toMatchObject([{ provider: 'acme', attempt: 1, isLast: true }]);
  });

  it('is an error of the last provider where all of them fail', async () => {
    const { post, readRows } = await createRouted();
    const prompt = '[[scenario:status code=500]] go';
    const response = await post({ models: [instruct, 'davinci-002'], prompt, stream });
    expect([response.status, await response.json()]).toMatchObject([500, { error: { type: 'server_error' } }]);
    expect(response.headers.get('x-gateway-attempts')).toBe('2');
    await readRows(2);
  });

  it('is not tried further for a fault of the request', async () => {
    const { post, readRows } = await createRouted();
    const response = await post({ models: [instruct, acme], prompt: 'Hi', n: 2, best_of: 1, stream });
    expect(response.status).toBe(400);
    expect(await readRows(1)).toMatchObject([{ provider: 'openai', isLast: true }]);
  });
});

it('asks no other target once a stream has text', async () => {
  const { post, readRows } = await createRouted();
  const prompt = '[[scenario:unicode,cut only=gpt]] go';
  const response = await post({ models: [instruct, acme], prompt, stream: true });
  expect(response.headers.get('x-gateway-provider')).toBe('openai');
  expect(await response.text()).toMatch(/\n\ndata: \{"error":\{.*\}\}\n\n$/);
  expect(await readRows(1)).toMatchObject([{ provider: 'openai', status: 'failed', isLast: true }]);
});

it('gives a route its params, and the provider no list of models', async () => {
  const { tenantId, post } = await createRouted();
  const targets = [{ provider: 'openai', model: instruct, params: { maxTokens: 3, stop: ['END'] } }];
  await setRoute(tenantId, { name: 'legacy', targets });
  const mark = crypto.randomUUID();
  const response = await post({ model: 'legacy', models: [acme], prompt: mark });
  expect([response.status, response.headers.get('x-gateway-provider')]).toEqual([200, 'openai']);
  const recorded = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${mark}`);
  const { requests } = await recorded.json<{ requests: { body: object }[] }>();
  expect(requests.map(({ body }) => body)).toEqual([{ model: instruct, prompt: mark, max_tokens: 3, stop: ['END'] }]);
  const named = await post({ model: 'legacy', prompt: mark });
  expect(named.headers.get('x-gateway-route')).toBe('legacy');
});

it('is refused where the API key is not allowed one of the models', async () => {
  const { post } = await createRouted({ allowedModels: [instruct] });
  const response = await post({ models: [instruct, acme], prompt: 'Hi' });
  expect([response.status, await response.json()]).toMatchObject([403, { error: { param: 'models[1]' } }]);
});

describe('x-gateway-cache-ttl', () => {
  const cached = { 'x-gateway-cache-ttl': '60' };

  it.each([false, true])('answers an equal request, stream: %s', async (stream) => {
    const { post } = await createRouted();
    const body = { model: instruct, prompt: 'Hi', stream };
    const first = await post(body, cached);
    const text = await first.text();
    const second = await post(body, cached);
    expect([first, second].map(({ headers }) => headers.get('x-gateway-cache'))).toEqual(['miss', 'hit']);
    expect(await second.text()).toBe(text);
  });

  it('does not where there are several prompts', async () => {
    const { post } = await createRouted();
    const body = { model: instruct, prompt: ['Hi', 'Ho'] };
    await (await post(body, cached)).text();
    expect((await post(body, cached)).headers.get('x-gateway-cache')).toBe('miss');
  });
});

describe('a route at an endpoint that makes one attempt', () => {
  const gpt = 'gpt-4o-mini';

  it('goes to its first target that has the endpoint', async () => {
    const { tenantId, headers } = await createRouted();
    const targets = [
      { provider: 'claude', model: 'claude-haiku-4-5' },
      { provider: 'openai', model: 'gpt-image-1', tier: 2 },
    ];
    await setRoute(tenantId, { name: 'pictures', targets });
    const body = { model: 'pictures', prompt: 'A cat' };
    const response = await gateway.post('/v1/images/generations', body, headers);
    expect([response.status, response.headers.get('x-gateway-model')]).toEqual([200, 'gpt-image-1']);
    await response.text();
    const failed = await gateway.post(
      '/v1/images/generations',
      { ...body, prompt: '[[scenario:status code=500]] go' },
      headers,
    );
    expect([failed.status, failed.headers.get('x-gateway-attempts')]).toEqual([500, '1']);
  });

  it('is a 400 that names the provider where no target has it', async () => {
    const { tenantId, headers } = await createRouted();
    await setRoute(tenantId, { name: 'words', targets: [{ provider: 'claude', model: 'claude-haiku-4-5' }] });
    const response = await gateway.post('/v1/images/generations', { model: 'words', prompt: 'A cat' }, headers);
    const message = expect.stringContaining('provider "claude" has no images');
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'model', message } }]);
  });

  it('needs a model where it lists models', async () => {
    const { headers } = await createRouted();
    const response = await gateway.post('/v1/images/generations', { models: [gpt], prompt: 'A cat' }, headers);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'model' } }]);
  });
});
