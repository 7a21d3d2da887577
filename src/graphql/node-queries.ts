import { checkScope } from '../auth/check-scope.ts';
import { invalidFieldError } from '../domain/errors.ts';
import { toOwnApiKey } from './api-key.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { type NodePrefix, NodeRef, parseNodePrefix } from './node.ts';
import { anyKey } from './scopes.ts';
import { toOwnTenant } from './tenant.ts';

type Node = typeof NodeRef.$inferType;

const maxNodes = 100;

/**
 * Loads the objects of each type, with the scopes and the tenant of the fields that return them elsewhere. A tenant and a key
 * that only administrators may see are null for others, whether they exist or not.
 */
const loadByPrefix: Readonly<Record<NodePrefix, (id: string, context: GraphQlContext) => Promise<Node | null>>> = {
  job: async (id, { loaders, principal }) => {
    checkScope(principal, ['read', 'jobs']);
    return await loaders.jobs.load(id);
  },
  whd: async (id, { loaders, principal }) => {
    checkScope(principal, ['read', 'jobs']);
    return await loaders.deliveriesById.load(id);
  },
  ten: async (id, { loaders, principal }) => {
    if (id === principal.tenantId) return toOwnTenant(principal);
    return principal.scopes.includes('admin') ? await loaders.tenants.load(id) : null;
  },
  key: async (id, { loaders, principal }) => {
    if (id === principal.keyId) return toOwnApiKey(principal);
    return principal.scopes.includes('admin') ? await loaders.apiKeys.load(id) : null;
  },
  prc: async (id, { loaders, principal }) => {
    checkScope(principal, ['admin']);
    return await loaders.priceOverrides.load(id);
  },
};

builder.queryFields((t) => ({
  node: t.field({
    extensions: anyKey,
    type: NodeRef,
    nullable: true,
    description:
      "A job, tenant, API key, webhook delivery or price override by its id. Null for an unknown id and for another tenant's object. The key needs the scopes of the fields that give the object elsewhere.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }, context) => loadNode(id, context),
  }),
  nodes: t.field({
    extensions: anyKey,
    type: [NodeRef],
    nullable: { list: false, items: true },
    description: `Up to ${maxNodes} of them, in the order of their ids.`,
    args: { ids: t.arg.idList({ required: true }) },
    complexity: ({ ids }) => ({ field: 1, multiplier: ids.length }),
    resolve: (_, { ids }, context) => {
      if (ids.length > maxNodes) throw invalidFieldError(['ids'], `must be a list of up to ${maxNodes}`);
      return ids.map((id) => loadNode(id, context));
    },
  }),
}));

async function loadNode(id: string, context: GraphQlContext): Promise<Node | null> {
  const prefix = parseNodePrefix(id);
  return prefix ? await loadByPrefix[prefix](id, context) : null;
}
