import type { Json } from './graphql.ts';

/** The objects that a mutation is about. */
export interface Subjects {
  readonly tenantId: string;
  readonly keyId: string;
  readonly model: string;
  readonly route: string;
  readonly newName: string;
}

export interface AuditedMutation {
  readonly document: string;
  readonly variables: (subjects: Subjects) => Json;
  readonly actions: readonly string[];
}

const providerKey = 'sk-test-0123456789-sesame';
const webhookPath = 'T0/B0/sesame';
const targets = [{ provider: 'stub', model: 'stub' }];

/** Every mutation that the audit log records, in an order in which each finds what it needs. */
export const mutations: Readonly<Record<string, AuditedMutation>> = {
  createTenant: {
    document: 'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { id } }',
    variables: ({ newName }) => ({ input: { name: newName, limits: { dailyBudget: 0.000000001 } } }),
    actions: ['tenant.created'],
  },
  updateTenant: {
    document: 'mutation ($id: ID!, $input: UpdateTenantInput!) { updateTenant(id: $id, input: $input) { id } }',
    variables: ({ tenantId, newName }) => ({
      id: tenantId,
      input: {
        name: `${newName}-2`,
        storeResponses: true,
        webhookUrl: `https://hooks.example.com/${webhookPath}`,
        limits: { requestsPerMinute: 9, monthlyBudget: 8_999_999.12345679 },
      },
    }),
    actions: ['tenant.limits_changed', 'tenant.updated'],
  },
  suspendTenant: {
    document: 'mutation ($id: ID!) { suspendTenant(id: $id) { id } }',
    variables: ({ tenantId }) => ({ id: tenantId }),
    actions: ['tenant.suspended'],
  },
  resumeTenant: {
    document: 'mutation ($id: ID!) { resumeTenant(id: $id) { id } }',
    variables: ({ tenantId }) => ({ id: tenantId }),
    actions: ['tenant.resumed'],
  },
  createApiKey: {
    document: 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }',
    variables: ({ tenantId, newName }) => ({ input: { tenantId, name: newName, limits: { concurrency: 2 } } }),
    actions: ['api_key.created'],
  },
  updateApiKey: {
    document: 'mutation ($id: ID!, $input: UpdateApiKeyInput!) { updateApiKey(id: $id, input: $input) { id } }',
    variables: ({ keyId }) => ({
      id: keyId,
      input: { scopes: ['read'], allowedModels: ['gpt-4o'], limits: { dailyBudget: 2.5 } },
    }),
    actions: ['api_key.limits_changed', 'api_key.updated'],
  },
  rotateApiKey: {
    document: 'mutation ($id: ID!) { rotateApiKey(id: $id, overlapSeconds: 60) { apiKey { id } } }',
    variables: ({ keyId }) => ({ id: keyId }),
    actions: ['api_key.created', 'api_key.rotated'],
  },
  revokeApiKey: {
    document: 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }',
    variables: ({ keyId }) => ({ id: keyId }),
    actions: ['api_key.revoked'],
  },
  setProviderKey: {
    document:
      'mutation ($id: ID!, $key: String!) { setProviderKey(tenantId: $id, provider: "openai", key: $key) { ending } }',
    variables: ({ tenantId }) => ({ id: tenantId, key: providerKey }),
    actions: ['provider_key.set'],
  },
  removeProviderKey: {
    document: 'mutation ($id: ID!) { removeProviderKey(tenantId: $id, provider: "openai") { ending } }',
    variables: ({ tenantId }) => ({ id: tenantId }),
    actions: ['provider_key.removed'],
  },
  setPrice: {
    document: 'mutation ($input: SetPriceInput!) { setPrice(input: $input) { id } }',
    variables: ({ model }) => ({ input: { provider: 'openai', model, input: '1', output: '2' } }),
    actions: ['price.set'],
  },
  unsetPrice: {
    document: 'mutation ($model: String!) { unsetPrice(provider: "openai", model: $model) { id } }',
    variables: ({ model }) => ({ model }),
    actions: ['price.unset'],
  },
  setRoute: {
    document: 'mutation ($input: SetRouteInput!) { setRoute(input: $input) { version } }',
    variables: ({ tenantId, route }) => ({ input: { name: route, tenantId, targets, sticky: 'session' } }),
    actions: ['route.set'],
  },
  deleteRoute: {
    document: 'mutation ($name: String!, $id: ID!) { deleteRoute(name: $name, tenantId: $id) { version } }',
    variables: ({ tenantId, route }) => ({ id: tenantId, name: route }),
    actions: ['route.deleted'],
  },
  rotateWebhookSecret: {
    document: 'mutation { rotateWebhookSecret(overlapSeconds: 60) { secret } }',
    variables: () => ({}),
    actions: ['webhook_secret.rotated'],
  },
};

/** An end user is erased in steps, and recorded at their end: see forget-end-user.test.ts. */
export const recordedAtEnd = ['forgetEndUser'];

/** The work of a tenant, which changes nothing that an administrator sets. */
export const unrecorded = ['createJob', 'createJobs', 'cancelJob', 'retryJob', 'resendWebhook'];
