import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { and, eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { providerKeys } from '../../src/db/schema/provider-keys.ts';
import { parseEnv } from '../../src/env.ts';
import worker from '../../src/index.ts';
import { runJob } from '../../src/jobs/run-job.ts';
import { createServices } from '../../src/services.ts';
import { auditActor } from '../support/audit-actor.ts';
import { createTenant, database, post, variables } from './gateway.ts';
import { createJob, queryData, queryError, sendQuery } from './graphql.ts';

let admin: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
});

const set =
  'mutation ($tenantId: ID!, $provider: String!, $key: String!) { setProviderKey(tenantId: $tenantId, provider: $provider, key: $key) { tenantId provider ending createdAt } }';
const remove =
  'mutation ($tenantId: ID!, $provider: String!) { removeProviderKey(tenantId: $tenantId, provider: $provider) { provider } }';
const list = 'query ($tenantId: ID!) { providerKeys(tenantId: $tenantId) { provider ending } }';

const bring = (tenantId: string, provider: string, key: string) =>
  queryData(admin.key, set, { tenantId, provider, key });
const newKey = (mark: string) => `sk-own-${mark}-${crypto.randomUUID()}`;

/** The keys that came to the providers with the calls that hold a text. */
async function keysSeen(containing: string): Promise<string[]> {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  const { requests } = await response.json<{ requests: { headers: Record<string, string> }[] }>();
  return requests.map(({ headers }) => headers['x-api-key'] ?? headers.authorization?.replace('Bearer ', '') ?? '');
}

/** Sends a call to a gateway of another configuration. */
async function chatWith(configuration: object, key: string, body: object) {
  const context = createExecutionContext();
  const request = new Request('http://gateway.test/api/chat/completions', {
    method: 'POST',
    headers: { 'x-api-key': key },
    body: JSON.stringify(body),
  });
  const response = await worker.fetch(
    request as Parameters<typeof worker.fetch>[0],
    { ...env, ...configuration },
    context,
  );
  const answer = { status: response.status, text: await response.text() };
  await waitOnExecutionContext(context);
  return answer;
}

describe.each([
  ['openai', 'OPENAI_API_KEY'],
  ['claude', 'ANTHROPIC_API_KEY'],
  ['acme', 'ACME_API_KEY'],
])("a tenant's own key for %s", (provider, variable) => {
  const model = provider === 'acme' ? 'acme-large' : undefined;
  const routes = ['/api/chat/completions', '/stream'];

  test.each(routes)('is used for requests to %s, for its provider and tenant only', async (path) => {
    const [tenant, other] = [await createTenant(), await createTenant()];
    const own = newKey('call');
    await bring(tenant.tenantId, provider, own);
    const [mine, theirs] = [`mine ${own}`.slice(0, 20) + crypto.randomUUID(), `theirs ${crypto.randomUUID()}`];
    for (const [key, prompt] of [
      [tenant.key, mine],
      [other.key, theirs],
    ] as const) {
      await (await post(path, { prompt, provider, model }, { 'x-api-key': key })).text();
    }
    expect(await keysSeen(mine)).toEqual([own]);
    expect(await keysSeen(theirs)).toEqual([variables[variable]]);
  });

  test('is used for jobs', async () => {
    const tenant = await createTenant();
    const own = newKey('job');
    await bring(tenant.tenantId, provider, own);
    const input = `job ${crypto.randomUUID()}`;
    const id = await createJob(tenant.key, { input, provider, model });
    await runJob(createServices(parseEnv(env)).jobs, id);
    await expect.poll(() => keysSeen(input)).toEqual([own]);
  });

  test('enables a provider that the gateway has no key for', async () => {
    const [tenant, other] = [await createTenant(), await createTenant()];
    await bring(tenant.tenantId, provider, variables[variable] ?? '');
    const none = provider === 'acme' ? {} : { [variable]: undefined };
    const body = { prompt: 'Hi', provider, model };
    expect((await chatWith(none, tenant.key, body)).status).toBe(200);
    if (provider !== 'acme') expect((await chatWith(none, other.key, body)).status).toBe(400);
  });
});

test('the table contains the key only encrypted, and no answer contains it', async () => {
  const { tenantId, key } = await createTenant();
  const own = newKey('encrypted');
  const answer = await sendQuery(admin.key, set, { tenantId, provider: 'openai', key: own });
  expect(answer.data).toEqual({
    setProviderKey: { tenantId, provider: 'openai', ending: own.slice(-4), createdAt: expect.any(String) },
  });
  expect(await queryData(admin.key, list, { tenantId })).toEqual({
    providerKeys: [{ provider: 'openai', ending: own.slice(-4) }],
  });
  const [row] = await database.select().from(providerKeys).where(eq(providerKeys.tenantId, tenantId));
  expect(row?.encryptedKey).toMatch(/^v1\.[\w-]+\.[\w-]+$/);
  expect(JSON.stringify(row)).not.toContain(own.slice(0, -4));
  expect(atob((row?.encryptedKey.split('.')[2] ?? '').replaceAll('-', '+').replaceAll('_', '/'))).not.toContain(
    'own-encrypted',
  );
  const refused = await post('/api/chat/completions', { prompt: 'Hi', provider: 'openai' }, { 'x-api-key': key });
  expect([refused.status, await refused.text()]).toEqual([502, expect.not.stringContaining(own)]);
});

test('another key replaces it, and it can be removed', async () => {
  const { tenantId } = await createTenant();
  const [first, second] = [newKey('first'), newKey('second')];
  await bring(tenantId, 'anthropic', first);
  await bring(tenantId, 'claude', second);
  expect(await queryData(admin.key, list, { tenantId })).toEqual({
    providerKeys: [{ provider: 'claude', ending: second.slice(-4) }],
  });
  expect(await queryData(admin.key, remove, { tenantId, provider: 'anthropic' })).toEqual({
    removeProviderKey: { provider: 'claude' },
  });
  expect((await queryError(admin.key, remove, { tenantId, provider: 'claude' }))[0]).toBe('not_found');
  expect(await queryData(admin.key, list, { tenantId })).toEqual({ providerKeys: [] });
});

test.each<[string, object, string, string]>([
  ['an unknown tenant', { tenantId: 'ten_nobody' }, 'not_found', 'ten_nobody'],
  [
    'a provider that takes no key',
    { provider: 'ollama' },
    'invalid_request',
    'one that takes an API key (openai, claude, acme, plain, mistral, deepseek',
  ],
  ['a short key', { key: 'sk-short' }, 'invalid_request', 'key: must be 16 to 512'],
  ['a key that is no header', { key: 'sk-with a line\nbreak in it' }, 'invalid_request', 'key: must be 16 to 512'],
])('is refused for %s', async (_, changes, code, message) => {
  const { tenantId } = await createTenant();
  const queryVariables = { tenantId, provider: 'openai', key: newKey('refused'), ...changes };
  expect(await queryError(admin.key, set, queryVariables)).toEqual([code, expect.stringContaining(message)]);
});

describe('a key that cannot be read', () => {
  const body = { prompt: 'Hi', provider: 'openai' };

  test.each([
    ['under another ENCRYPTION_KEY', { ENCRYPTION_KEY: btoa('x'.repeat(32)) }],
    ['without one', { ENCRYPTION_KEY: undefined }],
  ])("%s fails the request, and the gateway's key is not used", async (_, configuration) => {
    const { tenantId, key } = await createTenant();
    await bring(tenantId, 'openai', newKey('unreadable'));
    const prompt = `unreadable ${crypto.randomUUID()}`;
    const answer = await chatWith(configuration, key, { ...body, prompt });
    expect([answer.status, JSON.parse(answer.text).error]).toMatchObject([
      503,
      { code: 'unavailable', message: expect.stringContaining('ENCRYPTION_KEY') },
    ]);
    expect(await keysSeen(prompt)).toEqual([]);
  });

  test('from the row of another tenant fails the request', async () => {
    const [from, to] = [await createTenant(), await createTenant()];
    await bring(from.tenantId, 'openai', variables.OPENAI_API_KEY ?? '');
    const [row] = await database
      .select()
      .from(providerKeys)
      .where(and(eq(providerKeys.tenantId, from.tenantId), eq(providerKeys.provider, 'openai')));
    await database
      .insert(providerKeys)
      .values({ ...row, tenantId: to.tenantId, encryptedKey: row?.encryptedKey ?? '', ending: '', provider: 'openai' });
    const call = (key: string) => post('/api/chat/completions', body, { 'x-api-key': key });
    expect([(await call(from.key)).status, (await call(to.key)).status]).toEqual([200, 503]);
  });
});

test('without an ENCRYPTION_KEY a key is rejected, with the variable to set', async () => {
  const { tenants } = createServices(parseEnv({ ...env, ENCRYPTION_KEY: undefined }));
  const { setProviderKey } = await import('../../src/tenants/provider-keys.ts');
  const { tenantId } = await createTenant();
  await expect(
    setProviderKey({ ...tenants, actor: auditActor }, { tenantId, provider: 'openai', key: newKey('none') }),
  ).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('ENCRYPTION_KEY'),
  });
  expect(await queryData(admin.key, list, { tenantId })).toEqual({ providerKeys: [] });
});

test('a provider is enabled for a tenant with its own key', async () => {
  const { tenantId, key } = await createTenant();
  await bring(tenantId, 'openai', newKey('enabled'));
  const context = createExecutionContext();
  const request = new Request('http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ providers { id enabled } }' }),
  });
  const none = { ...env, OPENAI_API_KEY: undefined, ANTHROPIC_API_KEY: undefined };
  const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], none, context);
  const { data } = await response.json<{ data: { providers: { id: string; enabled: boolean }[] } }>();
  const enabled = Object.fromEntries(data.providers.map((provider) => [provider.id, provider.enabled]));
  expect(enabled).toMatchObject({ openai: true, claude: false });
});
