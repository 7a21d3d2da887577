import { listApiKeys } from '../db/queries/api-keys.ts';
import { type CreatedApiKey, createApiKey, revokeApiKey, rotateApiKey, updateApiKey } from '../tenants/api-keys.ts';
import { findKeysNearLimit } from '../tenants/find-keys-near-limit.ts';
import { getTenant } from '../tenants/tenants.ts';
import { ApiKeyRef, BodyRetentionRef, endUserDescription, keepBodiesDescription } from './api-key.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';
import { endUserInputFields, LimitsInputRef } from './usage-limits.ts';

const writeCost = 50;
const maxKeys = 1000;
const dayInSeconds = 86_400;

const nearLimitDescription =
  'Above 0, at most 1. Only valid keys that have used at least this share of one of their limits, the nearest to a limit first.';

const CreatedApiKeyRef = builder.objectRef<CreatedApiKey>('CreatedApiKey').implement({
  description: 'A new key. Its text is shown this once: what is kept is its SHA-256.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'aia_…' }),
    apiKey: t.expose('apiKey', { type: ApiKeyRef }),
  }),
});

const CreateApiKeyInputRef = builder.inputType('CreateApiKeyInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true, description: '1 to 100 characters.' }),
    scopes: t.stringList({ description: 'Some of chat, jobs, read and admin. Left out: chat, jobs and read.' }),
    allowedProviders: t.stringList({ description: 'Left out or null: any.' }),
    allowedModels: t.stringList({ description: 'Left out or null: any.' }),
    strict: t.boolean({ description: 'Left out or null: false.' }),
    endUser: t.string({ description: endUserDescription }),
    keepBodies: t.field({ type: BodyRetentionRef, description: keepBodiesDescription }),
    expiresAt: t.field({ type: 'DateTime' }),
    limits: t.field({ type: LimitsInputRef, description: "Within the tenant's, which hold as well." }),
    ...endUserInputFields(t),
  }),
});

const UpdateApiKeyInputRef = builder.inputType('UpdateApiKeyInput', {
  description: 'What is left out stays.',
  fields: (t) => ({
    name: t.string(),
    scopes: t.stringList(),
    allowedProviders: t.stringList({ description: 'Null: any.' }),
    allowedModels: t.stringList({ description: 'Null: any.' }),
    strict: t.boolean(),
    endUser: t.string({ description: endUserDescription }),
    keepBodies: t.field({ type: BodyRetentionRef, description: keepBodiesDescription }),
    expiresAt: t.field({ type: 'DateTime', description: 'Null: never.' }),
    limits: t.field({ type: LimitsInputRef }),
    ...endUserInputFields(t),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.field({
    extensions: requireScopes('admin'),
    type: [ApiKeyRef],
    description: 'The newest 1000 keys of a tenant, those that have ended too.',
    args: { tenantId: t.arg.id({ required: true }), nearLimit: t.arg.float({ description: nearLimitDescription }) },
    complexity: { field: 1, multiplier: 50 },
    resolve: async (_, { tenantId, nearLimit }, { tenants }) => {
      const { id } = await getTenant(tenants, tenantId);
      if (nearLimit != null) {
        const keys = await findKeysNearLimit(tenants, { tenantId: id, nearLimit, maxKeys });
        return keys.map(({ apiKey }) => apiKey);
      }
      return await listApiKeys(tenants.database, id, maxKeys);
    },
  }),
);

builder.mutationFields((t) => ({
  createApiKey: t.field({
    extensions: requireScopes('admin'),
    type: CreatedApiKeyRef,
    args: { input: t.arg({ type: CreateApiKeyInputRef, required: true }) },
    complexity: writeCost,
    resolve: (_, { input }, { tenants }) => createApiKey(tenants, input),
  }),
  updateApiKey: t.field({
    extensions: requireScopes('admin'),
    type: ApiKeyRef,
    args: { id: t.arg.id({ required: true }), input: t.arg({ type: UpdateApiKeyInputRef, required: true }) },
    complexity: writeCost,
    resolve: (_, { id, input }, { tenants }) => updateApiKey(tenants, id, input),
  }),
  rotateApiKey: t.field({
    extensions: requireScopes('admin'),
    type: CreatedApiKeyRef,
    description: 'Makes a key with all that the old one has; that one works beside it for `overlapSeconds` more.',
    args: {
      id: t.arg.id({ required: true }),
      overlapSeconds: t.arg.int({ required: true, defaultValue: dayInSeconds }),
    },
    complexity: writeCost,
    resolve: (_, { id, overlapSeconds }, { tenants }) => rotateApiKey(tenants, id, overlapSeconds),
  }),
  revokeApiKey: t.field({
    extensions: requireScopes('admin'),
    type: ApiKeyRef,
    description: 'Ends a key for good: it is refused everywhere within 5 seconds.',
    args: { id: t.arg.id({ required: true }) },
    complexity: writeCost,
    resolve: (_, { id }, { tenants }) => revokeApiKey(tenants, id),
  }),
}));
