import { countTenants, findTenants, listTenants } from '../db/queries/tenants.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { isTenantId } from '../domain/ids.ts';
import { createTenant, updateTenant } from '../tenants/tenants.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { getPageSize, type PageArguments } from './page.ts';
import { requireScopes } from './scopes.ts';
import { storeResponsesDescription, TenantRef, tagNamesDescription } from './tenant.ts';
import { endUserInputFields, LimitsInputRef } from './usage-limits.ts';

const writeCost = 50;
const defaultSize = 20;
const maxSize = 100;

const TenantConnectionRef = builder.connectionObject(
  {
    type: TenantRef,
    name: 'TenantConnection',
    fields: (t) => ({ totalCount: t.int({ resolve: ({ count }) => count() }) }),
  },
  { name: 'TenantEdge' },
);

const CreateTenantInputRef = builder.inputType('CreateTenantInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 100 characters; no two tenants have the same.' }),
    limits: t.field({ type: LimitsInputRef }),
    ...endUserInputFields(t),
    storeResponses: t.boolean({ description: storeResponsesDescription }),
    tagNames: t.stringList({ description: tagNamesDescription }),
    webhookUrl: t.string({ description: 'Told of budgets that run out.' }),
  }),
});

const UpdateTenantInputRef = builder.inputType('UpdateTenantInput', {
  description: 'What is left out stays.',
  fields: (t) => ({
    name: t.string(),
    limits: t.field({ type: LimitsInputRef }),
    ...endUserInputFields(t),
    storeResponses: t.boolean({ description: storeResponsesDescription }),
    tagNames: t.stringList({ description: tagNamesDescription }),
    webhookUrl: t.string({ description: 'Null takes it away.' }),
    active: t.boolean({ description: 'False suspends the tenant: its keys are known and refused.' }),
  }),
});

builder.queryFields((t) => ({
  tenant: t.field({
    extensions: requireScopes('admin'),
    type: TenantRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_, { id }, { tenants }) =>
      isTenantId(id) ? ((await findTenants(tenants.database, [id]))[0] ?? null) : null,
  }),
  tenants: t.connection(
    {
      extensions: requireScopes('admin'),
      type: TenantRef,
      description: 'All tenants, the newest first: 20 unless asked otherwise, at most 100 at once.',
      complexity: ({ first }) => ({ field: 1, multiplier: getPageSize(first, null) }),
      resolve: (_, pageArguments, context) => listTenantPage(context, pageArguments),
    },
    TenantConnectionRef,
  ),
}));

const idArgument = builder.args((t) => ({ id: t.id({ required: true }) }));

builder.mutationFields((t) => ({
  createTenant: t.field({
    extensions: requireScopes('admin'),
    type: TenantRef,
    args: { input: t.arg({ type: CreateTenantInputRef, required: true }) },
    complexity: writeCost,
    resolve: async (_, { input }, { tenants }) => (await createTenant(tenants, input)).tenant,
  }),
  updateTenant: t.field({
    extensions: requireScopes('admin'),
    type: TenantRef,
    args: { ...idArgument, input: t.arg({ type: UpdateTenantInputRef, required: true }) },
    complexity: writeCost,
    resolve: (_, args, context) => applyChanges(context, args.id, args.input),
  }),
  suspendTenant: t.field({
    extensions: requireScopes('admin'),
    type: TenantRef,
    description: "Refuses a tenant's keys everywhere but in `me`, within 5 seconds.",
    args: idArgument,
    complexity: writeCost,
    resolve: (_, args, context) => applyChanges(context, args.id, { active: false }),
  }),
  resumeTenant: t.field({
    extensions: requireScopes('admin'),
    type: TenantRef,
    args: idArgument,
    complexity: writeCost,
    resolve: (_, args, context) => applyChanges(context, args.id, { active: true }),
  }),
}));

async function applyChanges(
  { tenants, principal }: GraphQlContext,
  tenantId: string,
  input: { active?: boolean | null | undefined },
) {
  if (input.active === false && tenantId === principal.tenantId) {
    throw new GatewayError('conflict', 'A key cannot suspend its own tenant: use the admin key of another one.');
  }
  return await updateTenant(tenants, tenantId, input);
}

async function listTenantPage(
  { tenants: { database } }: GraphQlContext,
  { first, after, last, before }: PageArguments,
) {
  if (last != null || before != null) {
    throw invalidFieldError(
      [last == null ? 'before' : 'last'],
      'cannot be used here: list tenants with first and after',
    );
  }
  const size = first ?? defaultSize;
  if (size < 1 || size > maxSize) throw invalidFieldError(['first'], 'must be 1 to 100');
  if (after != null && !isTenantId(after)) throw invalidFieldError(['after'], 'must be a cursor');
  const rows = await listTenants(database, { limit: size + 1, after: after ?? undefined });
  const nodes = rows.slice(0, size);
  const pageInfo = {
    hasNextPage: rows.length > size,
    hasPreviousPage: after != null,
    startCursor: nodes[0]?.id ?? null,
    endCursor: nodes.at(-1)?.id ?? null,
  };
  const count = () => countTenants(database);
  return { edges: nodes.map((node) => ({ cursor: node.id, node })), pageInfo: { ...pageInfo, count }, count };
}
