import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseEnv } from '../../src/env.ts';
import { runJob } from '../../src/jobs/run-job.ts';
import { createServices } from '../../src/services.ts';
import { createKey, createTenant, ledgerRows, post, send, variables } from './gateway.ts';
import { createJob, queryData } from './graphql.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

/** The operator has no key for Groq: `owner` has one of its own, and `other` none. */
let owner: Tenant;
let other: Tenant;

beforeAll(async () => {
  const admin = await createTenant({ scopes: ['admin'] });
  [owner, other] = [await createTenant(), await createTenant()];
  const set =
    'mutation ($tenantId: ID!, $key: String!) { setProviderKey(tenantId: $tenantId, provider: "groq", key: $key) { provider } }';
  await queryData(admin.key, set, { tenantId: owner.tenantId, key: variables.OPENAI_API_KEY });
});

const model = 'groq/acme-large';
const messages = [{ role: 'user', content: 'Hi' }];
const chat = (key: string, body: object = {}) =>
  post('/v1/chat/completions', { model, messages, ...body }, { 'x-api-key': key });
const listModels = async (key: string, path = '/v1/models') => {
  const { data } = await (await send(path, { headers: { 'x-api-key': key } })).json<{ data: { id: string }[] }>();
  return data.map(({ id }) => id).filter((id) => id.startsWith('groq/'));
};

describe('a vendor that only a tenant has configured', () => {
  it('answers by its prefix, passed through, streamed and translated, and is in the ledger', async () => {
    const tenant = await createTenant();
    const admin = await createTenant({ scopes: ['admin'] });
    await queryData(
      admin.key,
      'mutation ($tenantId: ID!, $key: String!) { setProviderKey(tenantId: $tenantId, provider: "groq", key: $key) { provider } }',
      { tenantId: tenant.tenantId, key: variables.OPENAI_API_KEY },
    );
    expect((await chat(tenant.key)).status).toBe(200);
    expect(await (await chat(tenant.key, { stream: true })).text()).toContain('[DONE]');
    const headers = { 'x-api-key': tenant.key, 'anthropic-version': '2023-06-01' };
    expect((await post('/v1/messages', { model, messages, max_tokens: 64 }, headers)).status).toBe(200);
    const native = await post(
      '/api/chat/completions',
      { prompt: 'Hi', provider: 'groq', model: 'acme-large' },
      headers,
    );
    expect(await native.json()).toMatchObject({ provider: 'groq', model: 'acme-large' });
    const rows = await ledgerRows(tenant.tenantId, 4);
    expect(rows.map((row) => [row.provider, row.model])).toEqual(rows.map(() => ['groq', 'acme-large']));
  });

  it('does the tenant’s jobs', async () => {
    const id = await createJob(owner.key, { input: 'Hi', provider: 'groq', model: 'acme-large' });
    await runJob(createServices(parseEnv(env)).jobs, id);
    await expect
      .poll(() => queryData(owner.key, 'query ($id: ID!) { job(id: $id) { status provider } }', { id }))
      .toEqual({ job: { status: 'COMPLETED', provider: 'groq' } });
  });

  it('is not configured for another tenant, which reads what to set', async () => {
    const response = await chat(other.key);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { message: 'provider "groq" is not configured: set GROQ_API_KEY, or name another provider.' } },
    ]);
  });

  it('is forbidden to a key that does not allow it', async () => {
    const { key } = await createKey(owner.tenantId, { allowedProviders: ['openai'] });
    const response = await chat(key);
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('provider \\"groq\\"')]);
    expect(await listModels(key)).toEqual([]);
    const restricted = await createKey(owner.tenantId, { allowedModels: ['plain-large'] });
    expect((await chat(restricted.key)).status).toBe(403);
    expect((await chat(restricted.key, { model: 'groq/plain-large' })).status).toBe(200);
  });

  it('lists its models behind a first reply, to that tenant alone, with those of its account', async () => {
    await expect
      .poll(() => listModels(owner.key))
      .toEqual([...['groq/acme-large', 'groq/ft:gpt-4o-mini:acme::1', 'groq/gpt-4o-mini', 'groq/plain-large']]);
    expect(await listModels(other.key)).toEqual([]);
    const { key } = await createKey(owner.tenantId, { allowedModels: ['plain-large'] });
    await expect.poll(() => listModels(key)).toEqual(['groq/plain-large']);
  });

  it('adds the models of the tenant’s account to those of OpenAI', async () => {
    const tenant = await createTenant();
    const admin = await createTenant({ scopes: ['admin'] });
    const set =
      'mutation ($tenantId: ID!, $key: String!) { setProviderKey(tenantId: $tenantId, provider: "openai", key: $key) { provider } }';
    await queryData(admin.key, set, { tenantId: tenant.tenantId, key: variables.OPENAI_API_KEY });
    const list = async (key: string) => {
      const response = await send('/v1/models', { headers: { 'x-api-key': key } });
      return (await response.json<{ data: { id: string }[] }>()).data.map(({ id }) => id);
    };
    await expect.poll(() => list(tenant.key)).toContain('openai/ft:gpt-4o-mini:acme::1');
    const ids = await list(tenant.key);
    expect(ids).toEqual(expect.arrayContaining(['gpt-4o-mini', 'gpt-5-mini']));
    expect(new Set(ids).size).toBe(ids.length);
    expect((await list(other.key)).filter((id) => id.includes('ft:'))).toEqual([]);
  });

  it('is enabled in GraphQL for that tenant alone', async () => {
    const document = '{ providers { id enabled models { id } } }';
    const groqOf = async ({ key }: Tenant) =>
      (await queryData<{ providers: { id: string }[] }>(key, document)).providers.find(({ id }) => id === 'groq');
    await expect
      .poll(() => groqOf(owner))
      .toMatchObject({
        enabled: true,
        models: expect.arrayContaining([{ id: 'acme-large' }]),
      });
    expect(await groqOf(other)).toEqual({ id: 'groq', enabled: false, models: [] });
  });
});
