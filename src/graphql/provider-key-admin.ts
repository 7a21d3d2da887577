import type { ProviderKey } from '../domain/tenant.ts';
import { getProviderKeys, removeProviderKey, setProviderKey } from '../tenants/provider-keys.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';

const writeCost = 50;

const ProviderKeyRef = builder.objectRef<ProviderKey>('ProviderKey').implement({
  description: "A provider's own API key that a tenant has brought, and never its text.",
  fields: (t) => ({
    tenantId: t.exposeID('tenantId'),
    provider: t.exposeString('provider'),
    ending: t.exposeString('ending', { description: 'The last four characters of its text.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

builder.queryField('providerKeys', (t) =>
  t.field({
    extensions: requireScopes('admin'),
    type: [ProviderKeyRef],
    args: { tenantId: t.arg.id({ required: true }) },
    complexity: { field: 1, multiplier: 5 },
    resolve: (_, { tenantId }, { tenants }) => getProviderKeys(tenants, tenantId),
  }),
);

builder.mutationFields((t) => ({
  setProviderKey: t.field({
    extensions: requireScopes('admin'),
    type: ProviderKeyRef,
    description: "Makes a tenant's calls to a provider with the tenant's own key, which is kept encrypted.",
    args: {
      tenantId: t.arg.id({ required: true }),
      provider: t.arg.string({ required: true }),
      key: t.arg.string({ required: true }),
    },
    complexity: writeCost,
    resolve: (_, args, { tenants }) => setProviderKey(tenants, args),
  }),
  removeProviderKey: t.field({
    extensions: requireScopes('admin'),
    type: ProviderKeyRef,
    description: "Makes a tenant's calls to a provider with the key of this gateway again.",
    args: { tenantId: t.arg.id({ required: true }), provider: t.arg.string({ required: true }) },
    complexity: writeCost,
    resolve: (_, args, { tenants }) => removeProviderKey(tenants, args),
  }),
}));
