import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Scope, scopes } from '../../src/domain/scope.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createKey, createTenant, post } from './gateway.ts';
import { sendQuery } from './graphql.ts';

const every: readonly Scope[] = scopes;
const reads: readonly Scope[] = ['read', 'admin'];
const jobReads: readonly Scope[] = ['read', 'jobs', 'admin'];
const admin: readonly Scope[] = ['admin'];

/** Which keys each field at the top is for. A field that is not here fails the first test. */
const fields: Readonly<Record<string, readonly Scope[]>> = {
  'query me': every,
  // By the prefix of the id: graphql-nodes.test.ts.
  'query node': every,
  'query nodes': every,
  'query job': jobReads,
  'query jobs': jobReads,
  'query deadLetters': jobReads,
  'query providers': reads,
  'query usage': reads,
  'query retention': reads,
  'query requests': reads,
  'query request': reads,
  'query routes': reads,
  'query route': reads,
  'query explainRoute': reads,
  'query tenant': admin,
  'query tenants': admin,
  'query apiKeys': admin,
  'query providerKeys': admin,
  'query priceOverrides': admin,
  'query auditLog': admin,
  'query alerts': admin,
  'query requestBodies': admin,
  'mutation createJob': ['jobs'],
  'mutation createJobs': ['jobs'],
  'mutation cancelJob': ['jobs'],
  'mutation retryJob': ['jobs'],
  'mutation resendWebhook': ['jobs'],
  'mutation rotateWebhookSecret': ['jobs'],
  'mutation createTenant': admin,
  'mutation updateTenant': admin,
  'mutation suspendTenant': admin,
  'mutation resumeTenant': admin,
  'mutation createApiKey': admin,
  'mutation updateApiKey': admin,
  'mutation rotateApiKey': admin,
  'mutation revokeApiKey': admin,
  'mutation forgetEndUser': admin,
  'mutation setProviderKey': admin,
  'mutation removeProviderKey': admin,
  'mutation setRoute': admin,
  'mutation deleteRoute': admin,
  'mutation setPrice': admin,
  'mutation unsetPrice': admin,
  'subscription jobUpdated': jobReads,
  'subscription jobsUpdated': jobReads,
  'subscription requestsUpdated': reads,
};

const roots = {
  query: schema.getQueryType()?.getFields() ?? {},
  mutation: schema.getMutationType()?.getFields() ?? {},
  subscription: schema.getSubscriptionType()?.getFields() ?? {},
};
type Root = keyof typeof roots;

/** A document that asks for one field, with arguments that fit. */
function documentFor(name: string): string {
  const [root = 'query', field = ''] = name.split(' ') as [Root, string];
  const { args, type } = roots[root][field] as GraphQLField<unknown, unknown>;
  const needed = args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);
  const argumentList = needed.map((argument) => `${argument.name}: ${sample(argument.type)}`).join(', ');
  const selection = isLeafType(getNamedType(type)) ? '' : ' { __typename }';
  return `${root} { ${field}${argumentList === '' ? '' : `(${argumentList})`}${selection} }`;
}

function sample(type: GraphQLInputType): string {
  if (isNonNullType(type)) return sample(type.ofType);
  if (isListType(type)) return `[${sample(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${needed.map((field) => `${field.name}: ${sample(field.type)}`).join(', ')} }`;
  }
  const samples: Readonly<Record<string, string>> = { Int: '1', DateTime: '"2026-01-01T00:00:00Z"' };
  return samples[type.name] ?? '"unknown"';
}

test('every root field is in the table', () => {
  const names = Object.entries(roots).flatMap(([root, of]) => Object.keys(of).map((field) => `${root} ${field}`));
  expect(names.sort()).toEqual(Object.keys(fields).sort());
});

describe.each(scopes)('a key with the scope %s', (scope) => {
  let key: string;

  beforeAll(async () => {
    const { tenantId } = await createTenant();
    ({ key } = await createKey(tenantId, { scopes: [scope] }));
  });

  test.each(Object.keys(fields))('allows only its own fields: %s', async (name) => {
    const query = documentFor(name);
    const subscribes = name.startsWith('subscription');
    const isAllowed = fields[name]?.includes(scope);
    const response = await post(
      '/graphql',
      { query },
      { 'x-api-key': key, accept: subscribes ? 'text/event-stream' : 'application/json' },
    );
    const reader = response.body?.getReader();
    // A subscription that is allowed may have nothing to tell.
    const silence = new Promise<undefined>((resolve) => setTimeout(resolve, 500));
    const first = await (isAllowed && subscribes ? Promise.race([reader?.read(), silence]) : reader?.read());
    void reader?.cancel().catch(() => undefined);
    const text = new TextDecoder().decode(first?.value);
    if (isAllowed) expect(text).not.toContain('"forbidden"');
    else expect(text).toContain('"code":"forbidden"');
  });
});

test('an administrator’s field is refused to others with the same message, whether the object exists or not', async () => {
  const there = await createTenant();
  const { key } = await createTenant();
  const documents: [string, string, string][] = [
    ['query ($id: ID!) { tenant(id: $id) { id } }', there.tenantId, 'ten_nobody'],
    ['query ($id: ID!) { apiKeys(tenantId: $id) { id } }', there.tenantId, 'ten_nobody'],
    ['query ($id: ID!) { auditLog(filter: { tenantId: $id }) { nodes { id } } }', there.tenantId, 'ten_nobody'],
    ['query ($id: ID!) { providerKeys(tenantId: $id) { ending } }', there.tenantId, 'ten_nobody'],
    ['mutation ($id: ID!) { suspendTenant(id: $id) { id } }', there.tenantId, 'ten_nobody'],
    ['mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', there.keyId, 'key_nobody'],
    ['mutation ($id: ID!) { rotateApiKey(id: $id) { key } }', there.keyId, 'key_nobody'],
    ['mutation ($id: ID!) { updateApiKey(id: $id, input: { name: "x" }) { id } }', there.keyId, 'key_nobody'],
    [
      'mutation ($id: ID!) { removeProviderKey(tenantId: $id, provider: "x") { ending } }',
      there.tenantId,
      'ten_nobody',
    ],
  ];
  for (const [document, id, unknown] of documents) {
    const [existing, absent] = await Promise.all([
      sendQuery(key, document, { id }),
      sendQuery(key, document, { id: unknown }),
    ]);
    expect(existing.errors?.[0]?.extensions.code).toBe('forbidden');
    expect(existing.errors?.map(({ message }) => message)).toEqual(absent.errors?.map(({ message }) => message));
    expect([existing.status, existing.data]).toEqual([absent.status, absent.data]);
  }
});
