import type { ModelPrice } from '../gateway/list-models.ts';
import { providerTypes } from '../providers/descriptor.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';

/** The cost of the list: more models than most providers have. */
const modelsCost = { field: 10, multiplier: 50 };

const ProviderTypeRef = builder.enumType('ProviderType', { values: providerTypes });

/** A model and its prices. */
export const ModelRef = builder.objectRef<ModelPrice>('Model').implement({
  description:
    'Prices are dollars per million tokens, for short inputs where they rise with the length; null: not known.',
  fields: (t) => ({
    id: t.exposeID('id'),
    inputPrice: t.exposeFloat('input', { nullable: true }),
    outputPrice: t.exposeFloat('output', { nullable: true }),
    cacheReadPrice: t.exposeFloat('cacheRead', { nullable: true }),
    cacheWritePrice: t.exposeFloat('cacheWrite', { nullable: true }),
  }),
});

const ProviderRef = builder.objectRef<RegistryEntry>('Provider').implement({
  fields: (t) => ({
    id: t.exposeID('id', { description: 'What is written as `provider` in a call.' }),
    name: t.exposeString('displayName'),
    type: t.expose('type', { type: ProviderTypeRef }),
    enabled: t.boolean({
      description: 'Whether it is configured, or the tenant has brought a key of its own for it.',
      resolve: (entry, _, { jobs, principal }) => jobs.gateway.registry.isEnabled(entry, principal.providerKeys),
    }),
    setting: t.string({
      nullable: true,
      description:
        'The variable or secret to set to configure it: `GROQ_API_KEY`. Null where it is enabled, and for keys without the scope admin.',
      resolve: (entry, _, { jobs, principal }) =>
        principal.scopes.includes('admin') && !jobs.gateway.registry.isEnabled(entry, principal.providerKeys)
          ? entry.setting
          : null,
    }),
    defaultModel: t.string({
      nullable: true,
      description: 'Used where a call names the provider and no model.',
      resolve: ({ provider }, _, { jobs }) => (provider && jobs.gateway.registry.defaultModel(provider)) ?? null,
    }),
    models: t.field({
      type: [ModelRef],
      description: 'The models that are known by name. A call may name any other: it is passed on as it is.',
      complexity: modelsCost,
      resolve: async (entry, _, { jobs: { gateway }, principal, requestInfo }) => {
        const renewals: Promise<unknown>[] = [];
        await gateway.prices.ready((renewal) => renewals.push(renewal));
        await Promise.all(renewals);
        return gateway.listModels(entry, principal, requestInfo.waitUntil);
      },
    }),
  }),
});

builder.queryField('providers', (t) =>
  t.field({
    extensions: requireScopes('read'),
    type: [ProviderRef],
    description: 'Every provider and vendor that this gateway knows, configured or not.',
    complexity: { field: 1, multiplier: 5 },
    resolve: (_, __, { jobs }) => [...jobs.gateway.registry.entries],
  }),
);
