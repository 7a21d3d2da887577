// The Worker loads this with the first call that needs it; under test that takes long.
import '../../src/graphql/server.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post, send, variables } from './gateway.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const posts: Readonly<Record<string, object>> = {
  '/chat/completions': { model: 'stub', messages },
  '/embeddings': { model: 'stub', input: 'Hi' },
  '/responses': { model: 'gpt-4o-mini', input: 'Hi' },
  '/messages': { model: 'stub', max_tokens: 9, messages },
  '/messages/count_tokens': { model: 'stub', messages },
};
const bases = ['', '/v1', '/v1/v1', '//v1/', '/openai/v1', '/openai', '/v1//openai/v1'];

let key: string;

beforeAll(async () => {
  ({ key } = await createTenant());
});

/** The body of the request that the provider got, by a text in it. */
async function findUpstreamBodies(text: string): Promise<unknown[]> {
  const recorded = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${text}`);
  const { requests } = (await recorded.json()) as { requests: { body: unknown }[] };
  return requests.map(({ body }) => body);
}

describe.each(bases)('the base URL with "%s"', (base) => {
  it.each(Object.keys(posts))('has POST %s, without a redirect', async (tail) => {
    for (const end of ['', '/', '?api-version=2024-10-21']) {
      const response = await post(`${base}${tail}${end}`, posts[tail], { 'x-api-key': key });
      expect([response.status, response.redirected, await response.text()]).toEqual([200, false, expect.any(String)]);
    }
  });

  it('has the models', async () => {
    const headers = { 'x-api-key': key };
    for (const path of ['/models', '/models/', '/models/stub', '/models/stub/', '/models/openai/gpt-4o-mini']) {
      expect([path, (await send(base + path, { headers })).status]).toEqual([path, 200]);
    }
  });

  it('has the error shape of its protocol', async () => {
    const openAi = {
      error: { message: expect.any(String), type: expect.any(String), code: expect.any(String), param: null },
    };
    const anthropic = { type: 'error', error: { type: expect.any(String), message: expect.any(String) } };
    const version = { 'anthropic-version': '2023-06-01' };
    for (const [path, headers, body] of [
      ['/chat/completions', {}, openAi],
      ['/embeddings/', {}, openAi],
      ['/moderations', {}, openAi],
      ['/models', {}, openAi],
      ['/models', version, anthropic],
      ['/messages', {}, anthropic],
      ['/messages/count_tokens/', {}, anthropic],
      ['/messages/batches', {}, anthropic],
    ] as const) {
      for (const method of ['POST', 'GET']) {
        const response = await send(base + path, { method, headers });
        const status = response.status >= 400;
        expect([path, status, await response.json()]).toEqual([path, true, expect.objectContaining(body)]);
      }
    }
  });
});

describe('native routes', () => {
  it.each(['//api//jobs', '/api/jobs/', '/api///jobs//', '//stream/', '/api//chat//completions', '//graphql//'])(
    '%s is the route without the slashes',
    async (path) => {
      const body = { input: 'Hi', provider: 'stub', prompt: 'Hi', query: '{ me { id } }' };
      const { input, provider, prompt, query } = body;
      const sent = path.includes('graphql')
        ? { query }
        : path.includes('jobs')
          ? { input, provider }
          : { prompt, provider };
      const response = await post(path, sent, { 'x-api-key': key });
      expect([response.status, await response.text()]).toEqual([path.includes('jobs') ? 202 : 200, expect.any(String)]);
      expect(response.headers.get('location') ?? '/api/jobs/').toMatch(/^\/api\/jobs\//);
    },
  );

  it('replay one idempotency key on all spellings of a path', async () => {
    const headers = { 'x-api-key': key, 'idempotency-key': crypto.randomUUID() };
    const first = await post('/api/jobs', { input: 'Hi', provider: 'stub' }, headers);
    const second = await post('//api//jobs/', { input: 'Hi', provider: 'stub' }, headers);
    expect(((await second.json()) as { id: string }).id).toBe(((await first.json()) as { id: string }).id);
    const chat = { prompt: 'Hi', provider: 'stub' };
    const chatHeaders = { ...headers, 'idempotency-key': crypto.randomUUID() };
    await (await post('/api/chat/completions', chat, chatHeaders)).text();
    const replayed = await post('/api//chat/completions/', chat, chatHeaders);
    expect([replayed.status, replayed.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  });
});

describe('a deployment in the path', () => {
  it('is the model where the body has none', async () => {
    const mark = crypto.randomUUID();
    const body = { messages: [{ role: 'user', content: mark }] };
    const response = await post('/openai/deployments/gpt-4o-mini/chat/completions?api-version=1', body, {
      'api-key': key,
    });
    expect([response.status, await findUpstreamBodies(mark)]).toEqual([200, [{ ...body, model: 'gpt-4o-mini' }]]);
  });

  it("wins over the model of the body, as at Azure, and keeps the body's other bytes", async () => {
    const mark = crypto.randomUUID();
    const body = `{ "model" : "gpt-4o", "seed" :7 ,"messages":[{"role":"user","content":"${mark}"}]}`;
    const response = await post('/openai/deployments/gpt-4o-mini/chat/completions', body, { 'api-key': key });
    expect([response.status, await findUpstreamBodies(mark)]).toEqual([
      200,
      [{ model: 'gpt-4o-mini', seed: 7, messages: [{ role: 'user', content: mark }] }],
    ]);
  });

  it.each(['claude/claude-haiku-4-5', 'claude%2Fclaude-haiku-4-5'])('may have a slash: %s', async (model) => {
    const response = await post(
      `/openai/deployments/${model}/chat/completions`,
      { messages, model: '' },
      { 'api-key': key },
    );
    expect([response.status, await response.json()]).toMatchObject([200, { model: 'claude-haiku-4-5' }]);
  });

  it('has embeddings', async () => {
    const response = await post('/openai/deployments/stub/embeddings', { input: ['a', 'b'] }, { 'api-key': key });
    expect([response.status, await response.json()]).toMatchObject([200, { object: 'list', data: [{}, {}] }]);
  });

  it('is checked against the models and providers that the key may use', async () => {
    const limited = (await createTenant({ allowedModels: ['gpt-4o-mini'] })).key;
    const elsewhere = (await createTenant({ allowedProviders: ['claude'] })).key;
    const mark = crypto.randomUUID();
    const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: mark }] };
    for (const model of ['gpt-4o', 'openai/gpt-4o', 'openai%2Fgpt-4o', '%67pt-4o', 'stub']) {
      const path = `/openai/deployments/${model}/chat/completions`;
      for (const prefix of ['', '/v1', '/']) {
        expect([path, (await post(prefix + path, body, { 'api-key': limited })).status]).toEqual([path, 403]);
      }
    }
    const open = await post('/openai/deployments/gpt-4o-mini/chat/completions', body, { 'api-key': elsewhere });
    expect([open.status, await findUpstreamBodies(mark)]).toEqual([403, []]);
    const allowed = { ...body, model: 'gpt-4o' };
    const response = await post('/openai/deployments/gpt-4o-mini/chat/completions', allowed, { 'api-key': limited });
    expect([response.status, await findUpstreamBodies(mark)]).toEqual([200, [{ ...body, model: 'gpt-4o-mini' }]]);
  });

  it('does not hide two models in the body, or another model field', async () => {
    const path = '/openai/deployments/gpt-4o-mini/chat/completions';
    const limited = (await createTenant({ allowedModels: ['gpt-4o-mini'] })).key;
    const twice = '{"model":"gpt-4o-mini","model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}';
    expect((await post(path, twice, { 'api-key': limited })).status).toBe(400);
    expect((await post(path, { models: ['gpt-4o'], messages }, { 'api-key': limited })).status).toBe(403);
  });

  it('needs a model that can be one', async () => {
    for (const model of ['%00', '%E2%80%A8', 'x'.repeat(257)]) {
      const response = await post(`/openai/deployments/${model}/chat/completions`, { messages }, { 'api-key': key });
      expect([model, response.status, await response.json()]).toMatchObject([
        model,
        400,
        { error: { param: 'model' } },
      ]);
    }
  });
});

describe('no spelling of a path', () => {
  const spellings = [
    '//api//jobs',
    '/api/jobs/',
    '/%61pi/jobs',
    '/api/%6aobs',
    '/api%2Fjobs',
    '/api%2fjobs/',
    '/%2Fapi/jobs',
    '/./api/jobs',
    '/api/./jobs',
    '/docs/../api/jobs',
    '/docs/..%2Fapi/jobs',
    '/health/../api/jobs',
    '/health/%2e%2e/api/jobs',
    '/docs/%2e%2e%2fapi%2fjobs',
    '/v1/../api/jobs',
    '/openai/../api/jobs',
    '/api\\jobs',
    '/API/JOBS',
    '/api/jobs;x=1',
    '/api/jobs%00',
    '/api/jobs%20',
    '/api/jobs#/health',
    '/api/jobs?/health',
    '/v1/models/../../api/jobs',
    '/v1/models/..%2f..%2fapi%2fjobs',
    '/playground/../graphql',
    '/docs//..//graphql',
    '/chat/completions',
    '/openai/deployments/stub/chat/completions',
    '/openai/deployments/..%2f..%2fhealth/chat/completions',
    '/openai/deployments/../../docs/chat/completions',
  ];

  it.each(spellings)('skips authentication, the body limit, or the scopes: %s', async (path) => {
    const readOnly = (await createTenant({ scopes: ['read'] })).key;
    const body = '{"input":"Hi","provider":"stub","prompt":"Hi","messages":[{"role":"user","content":"Hi"}]}';
    const without = await post(path, body);
    expect([401, 404, 405]).toContain(without.status);
    const hasRoute = without.status === 401;
    const wrongScope = await post(path, body, { 'x-api-key': readOnly });
    expect(wrongScope.status).toBe(hasRoute ? (path.includes('graphql') ? 400 : 403) : without.status);
    const large = await post(path, 'x'.repeat(10 * 1024 * 1024 + 1), { 'x-api-key': key });
    expect(large.status).toBe(hasRoute ? 413 : without.status);
    const compressed = await post(path, body, { 'x-api-key': key, 'content-encoding': 'gzip' });
    expect(compressed.status).toBe(hasRoute ? 415 : without.status);
    for (const response of [without, wrongScope, large, compressed]) await response.text();
  });
});
