import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKey, createTenant, send, variables } from './gateway.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

let tenant: Tenant;
beforeAll(async () => {
  tenant = await createTenant();
});

/** Sends an SDK's requests to the Worker, and notes their paths. */
function route(paths: string[] = []) {
  return (url: unknown, init?: RequestInit) => {
    const { pathname, search } = new URL(String(url));
    paths.push(pathname + search);
    return send(pathname + search, init);
  };
}

const openAi = (apiKey = tenant.key, paths?: string[]) =>
  new OpenAI({ apiKey, baseURL: 'http://gateway.test/v1', maxRetries: 0, fetch: route(paths) });
const anthropic = (apiKey = tenant.key, paths?: string[]) =>
  new Anthropic({ apiKey, baseURL: 'http://gateway.test', maxRetries: 0, fetch: route(paths) });

async function listOpenAi(key?: string) {
  const models: OpenAI.Model[] = [];
  for await (const model of openAi(key).models.list()) models.push(model);
  return models;
}

async function listAnthropic(params: Anthropic.ModelListParams, key?: string, paths?: string[]) {
  const models: Anthropic.ModelInfo[] = [];
  for await (const model of anthropic(key, paths).models.list(params)) models.push(model);
  return models;
}

const ids = (models: readonly { id: string }[]) => models.map(({ id }) => id);

describe('the models that OpenAI’s client lists', () => {
  it('have the dates of their releases and their abilities', async () => {
    expect(await listOpenAi()).toEqual(
      expect.arrayContaining([
        {
          id: 'gpt-4o-mini',
          object: 'model',
          created: Date.UTC(2024, 6, 18) / 1000,
          owned_by: 'openai',
          context_window: 128_000,
          max_output_tokens: 16_384,
          capabilities: { vision: true, pdf: true, tools: true, structured_outputs: true, reasoning: false },
        },
        expect.objectContaining({
          id: 'claude-haiku-4-5',
          created: Date.UTC(2025, 9, 15) / 1000,
          capabilities: expect.objectContaining({ reasoning: true, vision: true }),
        }),
      ]),
    );
  });

  it('have the date 0 and nothing else where nothing is known of them', async () => {
    const stub = (await listOpenAi()).find(({ id }) => id === 'stub');
    expect(stub).toEqual({
      id: 'stub',
      object: 'model',
      created: 0,
      owned_by: 'stub',
    });
  });

  it('are each retrieved by their id', async () => {
    const models = await listOpenAi();
    expect(new Set(ids(models)).size).toBe(models.length);
    for (const model of models.filter((_, index) => index % 20 === 0)) {
      expect(await openAi().models.retrieve(model.id)).toEqual(model);
    }
  });

  it.each([
    ['claude/claude-haiku-4-5', 'claude-haiku-4-5'],
    ['anthropic/claude-haiku-4-5', 'claude-haiku-4-5'],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini-2024-07-18'],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5-20250929'],
    ['openai/gpt-4o-mini', 'gpt-4o-mini'],
  ])('are retrieved as %s, with the slash encoded or not', async (id, listed) => {
    const model = await openAi().models.retrieve(id);
    expect(model.id).toBe(listed);
    expect(model.created).toBeGreaterThan(0);
    expect(await (await send(`/v1/models/${id}`, { headers: { 'x-api-key': tenant.key } })).json()).toEqual(model);
  });

  it.each(['none', 'gpt-none', 'claude/none', 'claude-none-20250929', 'unknown/gpt-4o-mini', 'ollama/gpt-4o-mini'])(
    'do not include %s',
    async (id) => {
      await expect(openAi().models.retrieve(id)).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
      await expect(anthropic().models.retrieve(id)).rejects.toMatchObject({ status: 404, type: 'not_found_error' });
    },
  );
});

describe('the models that Anthropic’s client lists', () => {
  it('have all fields of its type', async () => {
    const [yes, no] = [{ supported: true }, { supported: false }];
    const expected: Anthropic.ModelInfo = {
      type: 'model',
      id: 'claude-haiku-4-5',
      display_name: 'Claude Haiku 4.5',
      created_at: '2025-10-15T00:00:00Z',
      max_input_tokens: 200_000,
      max_tokens: 64_000,
      capabilities: {
        batch: no,
        citations: yes,
        code_execution: no,
        context_management: {
          supported: true,
          clear_thinking_20251015: yes,
          clear_tool_uses_20250919: yes,
          compact_20260112: no,
        },
        effort: { supported: false, low: no, medium: no, high: no, xhigh: no, max: no },
        image_input: yes,
        pdf_input: yes,
        server_tools: { supported: true, web_search: yes, code_execution: yes },
        structured_outputs: yes,
        thinking: { supported: true, types: { adaptive: no, between_tools: no, disabled: yes, enabled: yes } },
      },
      line: 'haiku',
      lifecycle: 'active',
      deprecated_at: null,
      retires_at: null,
    };
    expect(await anthropic().models.retrieve('claude-haiku-4-5')).toEqual(expected);
  });

  it('say what a model of another vendor can do in a translated request', async () => {
    const { capabilities, ...model } = await anthropic().models.retrieve('gpt-5.2');
    expect(model).toMatchObject({ display_name: 'GPT-5.2', created_at: '2025-12-11T00:00:00Z', line: null });
    expect(capabilities).toMatchObject({
      citations: { supported: false },
      effort: { supported: true, low: { supported: true }, xhigh: { supported: true }, max: { supported: false } },
      server_tools: { supported: false },
      thinking: { supported: true, types: { enabled: { supported: true }, between_tools: { supported: false } } },
    });
  });

  it('have the epoch for a date that is not known', async () => {
    expect(await anthropic().models.retrieve('stub')).toMatchObject({
      display_name: 'stub',
      created_at: '1970-01-01T00:00:00Z',
      max_input_tokens: null,
      max_tokens: null,
      capabilities: null,
    });
  });

  it.each([1000, 40, 7])('are all there, the newest first, in pages of %s', async (limit) => {
    const paths: string[] = [];
    const models = await listAnthropic({ limit }, tenant.key, paths);
    expect(ids(models).sort()).toEqual(ids(await listOpenAi()).sort());
    expect(paths).toHaveLength(Math.ceil(models.length / limit));
    const dates = models.map(({ created_at }) => created_at);
    expect(dates).toEqual(dates.toSorted().reverse());
  });

  it('are paged backwards from before_id', async () => {
    const all = ids(await listAnthropic({ limit: 1000 }));
    const before_id = all[25] ?? '';
    const page = await anthropic().models.list({ limit: 10, before_id });
    expect(ids(page.data)).toEqual(all.slice(15, 25));
    expect(page).toMatchObject({ has_more: true, first_id: all[15], last_id: all[24] });
    const paged = await listAnthropic({ limit: 10, before_id });
    expect(ids(paged)).toEqual([...all.slice(15, 25), ...all.slice(5, 15), ...all.slice(0, 5)]);
  });

  it('are 20 a page where no limit is set', async () => {
    const { data, has_more, first_id, last_id } = await anthropic().models.list();
    expect([data.length, has_more]).toEqual([20, true]);
    expect([first_id, last_id]).toEqual([data[0]?.id, data[19]?.id]);
  });

  it('end with an empty page behind the last one', async () => {
    const last = (await listAnthropic({ limit: 1000 })).at(-1)?.id ?? '';
    const page = await anthropic().models.list({ after_id: last });
    expect(page).toMatchObject({ data: [], has_more: false, first_id: null, last_id: null });
  });

  it('are filtered by lifecycle', async () => {
    expect(await listAnthropic({ limit: 1000, lifecycle: ['retired'] })).toEqual([]);
    expect((await listAnthropic({ limit: 1000, lifecycle: ['active', 'retired'] })).length).toBeGreaterThan(20);
  });

  it.each([
    ['limit=0', 'limit: must be a whole number from 1 to 1000'],
    ['limit=1001', 'limit: must be'],
    ['limit=-1', 'limit: must be'],
    ['limit=1.5', 'limit: must be'],
    ['limit=ten', 'limit: must be'],
    ['limit=', 'limit: must be'],
    ['after_id=none', 'after_id: "none" is not in the list: use the last_id of a page'],
    ['after_id=', 'after_id: "" is not in the list'],
    ['before_id=none', 'before_id: "none" is not in the list: use the first_id of a page'],
    ['after_id=stub&before_id=stub', 'before_id: cannot be used together with after_id'],
    ['lifecycle[]=dead', 'lifecycle: must be one of active, deprecated, retired'],
  ])('are refused for %s with the name of the parameter', async (query, message) => {
    const headers = { 'x-api-key': tenant.key, 'anthropic-version': '2023-06-01' };
    const response = await send(`/v1/models?${query}`, { headers });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { type: 'error', error: { type: 'invalid_request_error', message: expect.stringContaining(message) } },
    ]);
  });
});

describe('a key with', () => {
  const list = async (columns: Parameters<typeof createKey>[1]) => {
    const { key } = await createKey(tenant.tenantId, columns);
    const models = ids(await listOpenAi(key));
    expect(ids(await listAnthropic({ limit: 2 }, key)).sort()).toEqual(models.sort());
    return { key, models };
  };

  it('allowed models lists and retrieves only those', async () => {
    const { key, models } = await list({ allowedModels: ['gpt-4o-mini', 'claude-haiku-4-5', 'stub'] });
    expect(models).toEqual(['claude-haiku-4-5', 'gpt-4o-mini', 'stub']);
    for (const id of ['gpt-4o', 'gpt-4o-mini-2024-07-18', 'openai/gpt-4o']) {
      await expect(openAi(key).models.retrieve(id)).rejects.toMatchObject({ status: 404 });
    }
  });

  it('allowed providers lists and retrieves only theirs', async () => {
    const { key, models } = await list({ allowedProviders: ['claude'] });
    expect(models.length).toBeGreaterThan(10);
    expect(models.filter((id) => !id.startsWith('claude'))).toEqual([]);
    for (const id of ['gpt-4o', 'gpt-4o-mini-2024-07-18']) {
      await expect(openAi(key).models.retrieve(id)).rejects.toMatchObject({ status: 404 });
    }
  });
});

it('the list needs no provider, so that one that hangs does not hold up discovery', async () => {
  const realFetch = globalThis.fetch;
  const providerUrls: string[] = [];
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const isOwn = [variables.DATABASE_HTTP_URL, variables.UPSTASH_REDIS_REST_URL].some(
      (own) => own && url.startsWith(own),
    );
    if (isOwn) return realFetch(input, init);
    providerUrls.push(url);
    return new Promise(() => undefined);
  });
  onTestFinished(() => spy.mockRestore());
  const headers = { 'x-api-key': tenant.key, 'anthropic-version': '2023-06-01' };
  const response = await send('/v1/models?limit=1000', { headers });
  const { data, has_more } = await response.json<{ data: { id: string }[]; has_more: boolean }>();
  expect([response.status, has_more, providerUrls]).toEqual([200, false, []]);
  expect(ids(data)).toEqual(expect.arrayContaining(['claude-haiku-4-5', 'gpt-4o-mini', 'stub']));
});
