import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { hashKey } from '../../src/auth/hash-key.ts';
import { findPrincipalByKeyHash } from '../../src/db/queries/principals.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { createTenant, database } from './gateway.ts';
import { type Json, queryData, queryError } from './graphql.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const updateTenant = `mutation ($id: ID!, $input: UpdateTenantInput!) { updateTenant(id: $id, input: $input) { tagNames } }`;
const updateKey = `mutation ($id: ID!, $input: UpdateApiKeyInput!) { updateApiKey(id: $id, input: $input) { endUser keepBodies } }`;
const createKey = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id endUser keepBodies } } }`;
const rotateKey = 'mutation ($id: ID!) { rotateApiKey(id: $id) { key apiKey { endUser keepBodies } } }';

let admin: Tenant;
let tenant: Tenant;

interface CreatedKey {
  readonly key: string;
  readonly apiKey: Json & { readonly id: string };
}

async function create(input: Json): Promise<CreatedKey> {
  const variables = { input: { tenantId: tenant.tenantId, name: 'pinned', ...input } };
  return (await queryData<{ createApiKey: CreatedKey }>(admin.key, createKey, variables)).createApiKey;
}

const principalOf = async (key: string) => await findPrincipalByKeyHash(database, await hashKey(key));

beforeAll(async () => {
  [admin, tenant] = await Promise.all([createTenant(), createTenant()]);
  await database
    .update(apiKeys)
    .set({ scopes: ['admin'] })
    .where(eq(apiKeys.id, admin.keyId));
});

describe('the names of tags', () => {
  test('are set, read and emptied', async () => {
    const set = async (tagNames: string[]) =>
      await queryData(admin.key, updateTenant, { id: tenant.tenantId, input: { tagNames } });
    expect(await set(['team', 'env', 'team'])).toEqual({ updateTenant: { tagNames: ['team', 'env'] } });
    expect(await principalOf(tenant.key)).toMatchObject({ tagNames: ['team', 'env'] });
    expect(await queryData(tenant.key, '{ me { tagNames } }')).toEqual({ me: { tagNames: ['team', 'env'] } });
    expect(await set([])).toEqual({ updateTenant: { tagNames: [] } });
  });

  test.each([[['1team']], [['a b']], [['a'.repeat(65)]], [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']]])(
    '%j is a 400',
    async (tagNames) => {
      const variables = { id: tenant.tenantId, input: { tagNames } };
      const error = await queryError(admin.key, updateTenant, variables);
      expect(error).toEqual(['invalid_request', expect.stringMatching(/^tagNames/)]);
    },
  );
});

describe('the end user and the kept bodies of a key', () => {
  test('are set, read, changed and copied to the key that replaces it', async () => {
    const { key, apiKey } = await create({ endUser: 'robot 7 – ü', keepBodies: 'ERRORS' });
    expect(apiKey).toMatchObject({ endUser: 'robot 7 – ü', keepBodies: 'ERRORS' });
    expect(await principalOf(key)).toMatchObject({ endUser: 'robot 7 – ü', keepBodies: 'errors' });
    await database.update(apiKeys).set({ requireEndUser: true }).where(eq(apiKeys.id, apiKey.id));
    const { rotateApiKey: rotated } = await queryData<{ rotateApiKey: CreatedKey }>(admin.key, rotateKey, {
      id: apiKey.id,
    });
    expect(rotated.apiKey).toEqual({ endUser: 'robot 7 – ü', keepBodies: 'ERRORS' });
    expect(await principalOf(rotated.key)).toMatchObject({ requireEndUser: true });
    const variables = { id: apiKey.id, input: { endUser: null, keepBodies: 'ALL' } };
    expect(await queryData(admin.key, updateKey, variables)).toEqual({
      updateApiKey: { endUser: null, keepBodies: 'ALL' },
    });
  });

  test('are none at first', async () => {
    expect((await create({})).apiKey).toMatchObject({ endUser: null, keepBodies: 'NONE' });
  });

  test.each([
    [{ endUser: '' }, /^endUser: must be 1 to 128/],
    [{ endUser: 'a'.repeat(129) }, /^endUser: /],
    [{ endUser: 'a\nb' }, /^endUser: /],
    [{ endUser: '(other)' }, /^endUser: must be another id: this one names a sum/],
  ])('%j is a 400', async (input, message) => {
    const error = await queryError(admin.key, updateKey, { id: tenant.keyId, input });
    expect(error).toEqual(['invalid_request', expect.stringMatching(message)]);
  });
});
