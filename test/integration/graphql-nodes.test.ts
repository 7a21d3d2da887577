import { beforeAll, describe, expect, it } from 'vitest';
import { priceOverrides } from '../../src/db/schema/price-overrides.ts';
import { webhookDeliveries } from '../../src/db/schema/webhooks.ts';
import { newId } from '../../src/domain/ids.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createKey, createTenant, database } from './gateway.ts';
import { createJob, queryData, queryError, sendQuery } from './graphql.ts';

const ids = { Job: '', WebhookDelivery: '', Tenant: '', ApiKey: '', PriceOverride: '' };
type TypeName = keyof typeof ids;
let tenant: Awaited<ReturnType<typeof createTenant>>;
let admin: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
  tenant = await createTenant();
  ids.Job = await createJob(tenant.key);
  ids.WebhookDelivery = `whd_${ids.Job.slice(4)}`;
  await database.insert(webhookDeliveries).values({
    id: ids.WebhookDelivery,
    tenantId: tenant.tenantId,
    jobId: ids.Job,
    event: 'job.completed',
    url: 'https://example.com/hook',
    status: 'DELIVERED',
  });
  ids.Tenant = tenant.tenantId;
  ids.ApiKey = tenant.keyId;
  ids.PriceOverride = newId('prc');
  await database.insert(priceOverrides).values({ id: ids.PriceOverride, provider: 'stub', model: ids.PriceOverride });
});

const node = `query ($id: ID!) { node(id: $id) { __typename id ... on Job { job: status } ... on Tenant { name active }
  ... on ApiKey { scopes start createdAt } ... on WebhookDelivery { url } ... on PriceOverride { unset } } }`;
const load = (key: string, id: string) => queryData<{ node: unknown }>(key, node, { id });

/** The fields beside `id`, as far as they say that the right object was found. */
const fields: Readonly<Record<TypeName, object>> = {
  Job: { job: expect.any(String) },
  WebhookDelivery: { url: 'https://example.com/hook' },
  Tenant: { active: true },
  ApiKey: { scopes: ['chat', 'jobs', 'read'], createdAt: expect.any(String) },
  PriceOverride: { unset: true },
};

it('finds every type that implements Node', () => {
  const types = schema.getPossibleTypes(schema.getTypeMap().Node as Parameters<typeof schema.getPossibleTypes>[0]);
  expect(types.map(({ name }) => name).sort()).toEqual(Object.keys(ids).sort());
});

describe('node', () => {
  it.each(['Job', 'WebhookDelivery', 'Tenant', 'ApiKey'] as const)('finds a %s of the key’s tenant', async (type) => {
    expect(await load(tenant.key, ids[type])).toEqual({
      node: expect.objectContaining({ __typename: type, id: ids[type], ...fields[type] }),
    });
  });

  it.each(['Tenant', 'ApiKey', 'PriceOverride'] as const)(
    'finds a %s of any tenant for an administrator',
    async (type) => {
      expect(await load(admin.key, ids[type])).toEqual({
        node: expect.objectContaining({ __typename: type, id: ids[type], ...fields[type] }),
      });
    },
  );

  it.each(['Job', 'WebhookDelivery'] as const)(
    'finds no %s of another tenant, even for an administrator',
    async (type) => {
      expect(await load(admin.key, ids[type])).toEqual({ node: null });
    },
  );

  it('finds no other key of the tenant without the scope admin', async () => {
    const other = await createKey(tenant.tenantId, {});
    expect(await load(tenant.key, other.keyId)).toEqual({ node: null });
    expect(await load(admin.key, other.keyId)).toMatchObject({ node: { id: other.keyId } });
  });

  it.each([
    ['chat', 'Job', 'read or jobs'],
    ['chat', 'WebhookDelivery', 'read or jobs'],
    ['read', 'PriceOverride', 'admin'],
  ] as const)('is forbidden with the scope %s for a %s, whether it exists or not', async (scope, type, missing) => {
    const { key } = await createKey(tenant.tenantId, { scopes: [scope] });
    const unknown = `${ids[type].slice(0, 6)}${'0'.repeat(ids[type].length - 6)}`;
    for (const id of [ids[type], unknown]) {
      expect(await queryError(key, node, { id })).toEqual(['forbidden', expect.stringContaining(`: ${missing}.`)]);
    }
  });

  it('finds its own tenant and key with any scope', async () => {
    const { key, keyId } = await createKey(tenant.tenantId, { scopes: ['chat'] });
    expect(await load(key, ids.Tenant)).toMatchObject({ node: { __typename: 'Tenant', id: ids.Tenant } });
    expect(await load(key, keyId)).toMatchObject({ node: { __typename: 'ApiKey', id: keyId, scopes: ['chat'] } });
  });

  it.each([
    '',
    'job_',
    'job_é',
    'job_\0',
    `job_${'x'.repeat(100)}`,
    'req_1',
    'whs_1',
    'constructor',
    'stub',
    'ten_1 OR 1=1',
  ])('is null for the text "%s", which is no id', async (id) => {
    expect(await load(admin.key, id)).toEqual({ node: null });
  });
});

describe('nodes', () => {
  const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';

  it('finds objects in the order of their ids, each as node does', async () => {
    const { key } = await createKey(tenant.tenantId, { scopes: ['chat'] });
    const requested = [ids.Tenant, 'job_unknown', admin.tenantId, ids.Tenant];
    const found = { __typename: 'Tenant', id: ids.Tenant };
    expect((await sendQuery(tenant.key, nodes, { ids: requested })).data).toEqual({
      nodes: [found, null, null, found],
    });
    const { data, errors } = await sendQuery(key, nodes, { ids: [ids.Job, ids.Tenant] });
    expect(data).toEqual({ nodes: [null, found] });
    expect(errors).toMatchObject([{ path: ['nodes', 0], extensions: { code: 'forbidden' } }]);
  });

  it('takes up to 100 ids', async () => {
    const { nodes: found } = await queryData<{ nodes: unknown[] }>(tenant.key, nodes, {
      ids: Array(100).fill(ids.Job),
    });
    expect(found).toHaveLength(100);
    expect(await queryError(tenant.key, nodes, { ids: Array(101).fill(ids.Job) })).toEqual([
      'invalid_request',
      'ids: must be a list of up to 100.',
    ]);
  });

  it('costs what its objects cost together', async () => {
    const spend = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Tenant { spend { today thisMonth } } } }';
    const cost = 1 + 100 * (1 + 2 * 50);
    const twice = `query ($ids: [ID!]!) { a: nodes(ids: $ids) { ...s } b: nodes(ids: $ids) { ...s } }
      fragment s on Tenant { spend { today thisMonth } }`;
    const hundred = { ids: Array(100).fill(admin.tenantId) };
    expect(await queryData(tenant.key, spend, hundred)).toEqual({ nodes: Array(100).fill(null) });
    expect(await queryError(tenant.key, twice, hundred)).toEqual([
      'invalid_request',
      expect.stringContaining(`costs ${2 * cost}, and at most 20000`),
    ]);
  });
});
