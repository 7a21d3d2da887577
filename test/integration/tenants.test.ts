import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/ids.ts';
import { createTenant, post } from './gateway.ts';
import { type Json, queryData, queryError, sendQuery } from './graphql.ts';

let admin: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
});

const create =
  'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { id name active storeResponses webhookUrl createdAt limits { requestsPerMinute tokensPerMinute concurrency dailyBudget monthlyBudget } } }';
const update =
  'mutation ($id: ID!, $input: UpdateTenantInput!) { updateTenant(id: $id, input: $input) { name active storeResponses webhookUrl limits { requestsPerMinute dailyBudget monthlyBudget } } }';

async function createTenantByMutation(input: Json = {}): Promise<Json & { id: string }> {
  const queryVariables = { input: { name: newId('ten'), ...input } };
  return (await queryData<{ createTenant: Json & { id: string } }>(admin.key, create, queryVariables)).createTenant;
}

test('a tenant is created with its limits and returns them', async () => {
  const name = newId('ten');
  const limits = {
    requestsPerMinute: 100,
    tokensPerMinute: null,
    dailyBudget: 0.1,
    monthlyBudget: 8_999_999.123456789,
  };
  const tenant = await createTenantByMutation({ name, limits, webhookUrl: 'https://example.com/hook' });
  expect(tenant).toEqual({
    id: expect.stringMatching(/^ten_/),
    name,
    active: true,
    storeResponses: false,
    webhookUrl: 'https://example.com/hook',
    createdAt: expect.stringMatching(/Z$/),
    limits: { ...limits, concurrency: null },
  });
  const one = 'query ($id: ID!) { tenant(id: $id) { name limits { dailyBudget } spend { today } apiKey { id } } }';
  expect(await queryData(admin.key, one, { id: tenant.id })).toEqual({
    tenant: { name, limits: { dailyBudget: 0.1 }, spend: { today: 0 }, apiKey: null },
  });
  expect(await queryData(admin.key, one, { id: 'ten_nobody' })).toEqual({ tenant: null });
});

test('no two tenants have the same name', async () => {
  const name = newId('ten');
  await createTenantByMutation({ name });
  const [code, message] = await queryError(admin.key, create, { input: { name } });
  expect([code, message]).toEqual(['conflict', `There is a tenant named "${name}" already.`]);
  const { id } = await createTenantByMutation();
  expect((await queryError(admin.key, update, { id, input: { name } }))[0]).toBe('conflict');
});

test('an update keeps omitted fields, and null removes a limit', async () => {
  const { id, name } = await createTenantByMutation({
    limits: { requestsPerMinute: 5, dailyBudget: 2 },
    webhookUrl: 'https://example.com/x',
  });
  expect(
    await queryData(admin.key, update, { id, input: { limits: { requestsPerMinute: null, monthlyBudget: 3 } } }),
  ).toEqual({
    updateTenant: {
      name,
      active: true,
      storeResponses: false,
      webhookUrl: 'https://example.com/x',
      limits: { requestsPerMinute: null, dailyBudget: 2, monthlyBudget: 3 },
    },
  });
  expect(await queryData(admin.key, update, { id, input: { webhookUrl: null } })).toMatchObject({
    updateTenant: { webhookUrl: null, limits: { dailyBudget: 2 } },
  });
  expect(await queryData(admin.key, update, { id, input: { storeResponses: true } })).toMatchObject({
    updateTenant: { storeResponses: true },
  });
  expect(await queryData(admin.key, update, { id, input: {} })).toMatchObject({
    updateTenant: { name, storeResponses: true },
  });
});

test.each<[string, Json, string]>([
  ['no name', { name: ' ' }, 'name: must be'],
  ['a control character', { name: 'a\u0000b' }, 'name: must be'],
  ['a limit of 0', { limits: { requestsPerMinute: 0 } }, 'limits.requestsPerMinute: must be a whole number from 1'],
  ['a negative budget', { limits: { dailyBudget: -1 } }, 'limits.dailyBudget: must be dollars from 0'],
  ['a budget above nine millions', { limits: { monthlyBudget: 9_000_000.01 } }, 'limits.monthlyBudget: must be'],
  ['a budget that is too fine', { limits: { dailyBudget: 1e-10 } }, 'at most 9 digits after the point'],
  ['a webhook in a private network', { webhookUrl: 'http://10.0.0.1/' }, 'webhookUrl: must have'],
])('%s is refused by its name', async (_, input, message) => {
  const [code, reported] = await queryError(admin.key, create, { input: { name: newId('ten'), ...input } });
  expect([code, reported]).toEqual(['invalid_request', expect.stringContaining(message)]);
});

test('all tenants can be listed page by page, the newest first', async () => {
  const ids = [
    (await createTenantByMutation()).id,
    (await createTenantByMutation()).id,
    (await createTenantByMutation()).id,
  ]
    .sort()
    .reverse();
  const page =
    'query ($after: String) { tenants(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage totalCount } totalCount } }';
  interface Page {
    tenants: { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean }; totalCount: number };
  }
  const found: string[] = [];
  let after: string | null = null;
  let more = true;
  while (more) {
    const { tenants }: Page = await queryData<Page>(admin.key, page, { after });
    found.push(...tenants.nodes.map(({ id }) => id));
    more = tenants.pageInfo.hasNextPage;
    after = tenants.pageInfo.endCursor;
  }
  expect(found).toEqual([...new Set(found)].sort().reverse());
  expect(found.filter((id) => ids.includes(id))).toEqual(ids);
  for (const [query, message] of [
    ['{ tenants(first: 101) { totalCount } }', 'first: must be 1 to 100'],
    ['{ tenants(last: 1) { totalCount } }', 'last: cannot be used here'],
    ['{ tenants(after: "x") { totalCount } }', 'after: must be'],
  ] as const) {
    expect(await queryError(admin.key, query)).toEqual(['invalid_request', expect.stringContaining(message)]);
  }
});

describe('a tenant that is suspended', () => {
  test('is rejected, and accepted again when it is resumed', async () => {
    const { tenantId, key } = await createTenant();
    const call = async () =>
      (await post('/api/chat/completions', { prompt: 'Hi', provider: 'stub' }, { 'x-api-key': key })).status;
    const suspend = `mutation { suspendTenant(id: "${tenantId}") { active } }`;
    expect(await queryData(admin.key, suspend)).toEqual({ suspendTenant: { active: false } });
    expect(await call()).toBe(403);
    const { tenantId: other, key: otherKey } = await createTenant({ active: false });
    const resume = `mutation { resumeTenant(id: "${other}") { active } }`;
    expect(await queryData(admin.key, resume)).toEqual({ resumeTenant: { active: true } });
    expect(
      (await post('/api/chat/completions', { prompt: 'Hi', provider: 'stub' }, { 'x-api-key': otherKey })).status,
    ).toBe(200);
  });

  test('cannot be the tenant of the requesting key', async () => {
    const id = admin.tenantId;
    for (const document of [
      `mutation { suspendTenant(id: "${id}") { id } }`,
      `mutation { updateTenant(id: "${id}", input: { active: false }) { id } }`,
    ]) {
      expect((await queryError(admin.key, document))[0]).toBe('conflict');
    }
  });

  test('is not found if it does not exist', async () => {
    for (const id of ['ten_nobody', 'nobody', "ten_'; --", 'ten_\\u0000']) {
      const { errors } = await sendQuery(admin.key, `mutation { suspendTenant(id: "${id}") { id } }`);
      expect([id, errors?.[0]?.extensions.code]).toEqual([id, 'not_found']);
    }
  });
});

test('every key can query its own properties and limits', async () => {
  const { tenantId, keyId, key } = await createTenant({
    scopes: ['chat'],
    requestsPerMinute: 7,
    dailyBudgetNanoUsd: 1_500_000_000n,
    expiresAt: new Date('2099-01-01T00:00:00Z'),
  });
  await queryData(admin.key, update, { id: tenantId, input: { limits: { requestsPerMinute: 70 } } });
  const me = `{ me { id limits { requestsPerMinute } createdAt webhookUrl
    apiKey { id name scopes expiresAt limits { requestsPerMinute dailyBudget } createdAt revokedAt rotatedFrom start } } }`;
  expect(await queryData(key, me)).toEqual({
    me: {
      id: tenantId,
      limits: { requestsPerMinute: 70 },
      createdAt: expect.any(String),
      webhookUrl: null,
      apiKey: {
        id: keyId,
        name: 'test',
        scopes: ['chat'],
        expiresAt: '2099-01-01T00:00:00.000Z',
        limits: { requestsPerMinute: 7, dailyBudget: 1.5 },
        createdAt: expect.any(String),
        revokedAt: null,
        rotatedFrom: null,
        start: null,
      },
    },
  });
});

test('the limits of end users are set, changed and returned, and stay within those of all', async () => {
  const fields = 'requireEndUser endUserLimits { requestsPerMinute concurrency dailyBudget }';
  const create = `mutation ($input: CreateTenantInput!) { createTenant(input: $input) { id ${fields} } }`;
  const change = `mutation ($id: ID!, $input: UpdateTenantInput!) { updateTenant(id: $id, input: $input) { ${fields} } }`;
  const endUserLimits = { requestsPerMinute: 20, concurrency: 2, dailyBudget: 0.5 };
  const input = { name: newId('ten'), limits: { requestsPerMinute: 30 }, endUserLimits, requireEndUser: true };
  const { createTenant: tenant } = await queryData<{ createTenant: Json }>(admin.key, create, { input });
  expect(tenant).toMatchObject({ requireEndUser: true, endUserLimits });
  const changes = { requireEndUser: false, endUserLimits: { concurrency: null } };
  expect(await queryData(admin.key, change, { id: tenant.id, input: changes })).toEqual({
    updateTenant: { requireEndUser: false, endUserLimits: { ...endUserLimits, concurrency: null } },
  });
  const above = { limits: { requestsPerMinute: 10 } };
  expect((await queryError(admin.key, change, { id: tenant.id, input: above }))[1]).toContain(
    "each end user's 20 is above the tenant's 10",
  );
  const createKey = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { ${fields} } } }`;
  const keyInput = { tenantId: tenant.id, name: 'one', endUserLimits: { requestsPerMinute: 5 }, requireEndUser: true };
  const { createApiKey: created } = await queryData<{ createApiKey: { key: string; apiKey: Json } }>(
    admin.key,
    createKey,
    { input: keyInput },
  );
  expect(created.apiKey).toMatchObject({ requireEndUser: true, endUserLimits: { requestsPerMinute: 5 } });
  const own = `query { me { endUserLimits { dailyBudget } apiKey { ${fields} } } }`;
  expect(await queryData(created.key, own)).toMatchObject({
    me: {
      endUserLimits: { dailyBudget: 0.5 },
      apiKey: { requireEndUser: true, endUserLimits: { requestsPerMinute: 5 } },
    },
  });
  const job = 'mutation ($input: CreateJobInput!) { createJob(input: $input) { id } }';
  const work = { input: 'Hi', provider: 'stub' };
  expect((await queryError(created.key, job, { input: work }))[1]).toContain('requires an end user');
  expect(await queryData(created.key, job, { input: { ...work, endUser: 'u7' } })).toHaveProperty('createJob.id');
});
