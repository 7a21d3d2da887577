import { listPriceOverrides } from '../db/queries/price-overrides.ts';
import type { PriceOverride } from '../domain/price-override.ts';
import { setPrice, unsetPrice } from '../usage/set-price.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { NodeRef } from './node.ts';
import { requireScopes } from './scopes.ts';

const writeCost = 50;
const maxOverrides = 1000;

const PriceOverrideRef = builder.objectRef<PriceOverride>('PriceOverride').implement({
  interfaces: [NodeRef],
  description:
    'A price that was set, or taken back, and holds for calls that begin from then on until the next one for the same model. Dollars per million tokens.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The `priceVersion` of the ledger's rows that it prices." }),
    provider: t.exposeString('provider'),
    model: t.exposeString('model', { description: 'In lower case.' }),
    unset: t.boolean({
      description: 'True: the price list holds again; all prices here are null.',
      resolve: ({ prices }) => prices === null,
    }),
    input: t.string({ nullable: true, resolve: ({ prices }) => prices?.input }),
    output: t.string({ nullable: true, resolve: ({ prices }) => prices?.output }),
    cacheRead: t.string({ nullable: true, resolve: ({ prices }) => prices?.cacheRead }),
    cacheWrite: t.string({ nullable: true, resolve: ({ prices }) => prices?.cacheWrite }),
    cacheWriteOneHour: t.string({ nullable: true, resolve: ({ prices }) => prices?.cacheWriteOneHour }),
    reasoning: t.string({ nullable: true, resolve: ({ prices }) => prices?.reasoning }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const SetPriceInputRef = builder.inputType('SetPriceInput', {
  description:
    'Dollars per million tokens as decimal texts such as "0.15": 0 to 1000000, with at most 12 digits after the point.',
  fields: (t) => ({
    provider: t.string({ required: true }),
    model: t.string({ required: true, description: 'As calls name it, or as the provider reports it, in any case.' }),
    input: t.string({ required: true }),
    output: t.string({ description: 'Left out only for models that write nothing, such as those of embeddings.' }),
    cacheRead: t.string({ description: 'Left out: as input.' }),
    cacheWrite: t.string({ description: 'Left out: as input.' }),
    cacheWriteOneHour: t.string({ description: 'Left out: as cacheWrite.' }),
    reasoning: t.string({ description: 'Left out: as output.' }),
  }),
});

builder.queryField('priceOverrides', (t) =>
  t.field({
    extensions: requireScopes('admin'),
    type: [PriceOverrideRef],
    description: 'The newest 1000 prices that were set or taken back, those that hold no longer too.',
    complexity: { field: 1, multiplier: 50 },
    resolve: (_, __, { tenants }) => listPriceOverrides(tenants.database, maxOverrides),
  }),
);

builder.mutationFields((t) => ({
  setPrice: t.field({
    extensions: requireScopes('admin'),
    type: PriceOverrideRef,
    description:
      'Sets the prices of a model in place of those of the price list, for calls that begin from now on: everywhere within 20 seconds. What calls have cost stays.',
    args: { input: t.arg({ type: SetPriceInputRef, required: true }) },
    complexity: writeCost,
    resolve: (_, { input }, context) => setPrice(toDependencies(context), input),
  }),
  unsetPrice: t.field({
    extensions: requireScopes('admin'),
    type: PriceOverrideRef,
    description: 'Lets the price list hold again for a model, for calls that begin from now on.',
    args: { provider: t.arg.string({ required: true }), model: t.arg.string({ required: true }) },
    complexity: writeCost,
    resolve: (_, args, context) => unsetPrice(toDependencies(context), args),
  }),
}));

function toDependencies({ tenants: { database, actor }, jobs: { gateway } }: GraphQlContext) {
  return { database, actor, prices: gateway.prices, providers: gateway.registry.entries };
}
