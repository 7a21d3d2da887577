import { defaultFieldResolver, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { isAsyncIterable } from 'graphql-yoga';
import { checkScope } from '../auth/check-scope.ts';
import { endWhenUnauthorized } from '../auth/end-when-unauthorized.ts';
import { GatewayError } from '../domain/errors.ts';
import { type Scope, scopes } from '../domain/scope.ts';
import type { GraphQlContext } from './context.ts';

type ScopeExtensions = { readonly scopes: readonly Scope[] };

/** Requires one of these scopes for a root field. The result goes into the `extensions` of the field. */
export function requireScopes(...scopes: [Scope, ...Scope[]]): ScopeExtensions {
  return { scopes };
}

/** Opens a root field to all keys. */
export const anyKey: ScopeExtensions = { scopes: [] };

/**
 * Guards the root fields: each one rejects keys without its scopes before it reads anything. Throws for a field that
 * does not name its scopes.
 */
export function guardRootFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    if (type) guardFields(type);
  }
  return schema;
}

function guardFields(type: GraphQLObjectType<unknown, GraphQlContext>): void {
  for (const field of Object.values(type.getFields())) {
    const requiredScopes = parseScopes(field.extensions.scopes);
    if (!requiredScopes) throw new Error(`${type.name}.${field.name} does not say which scopes it needs.`);
    const { subscribe, resolve = defaultFieldResolver } = field;
    if (subscribe) {
      field.subscribe = async (parent, args, context, info) => {
        checkScope(context.principal, requiredScopes);
        const events = await subscribe(parent, args, context, info);
        if (!isAsyncIterable(events)) return events;
        return endWhenUnauthorized(events[Symbol.asyncIterator](), () => checkScopeAgain(context, requiredScopes));
      };
    } else {
      field.resolve = (parent, args, context, info) => {
        checkScope(context.principal, requiredScopes);
        return resolve(parent, args, context, info);
      };
    }
  }
}

/** Runs before each event and while none comes: a subscription outlives changes of its key. */
async function checkScopeAgain({ requestInfo }: GraphQlContext, requiredScopes: readonly Scope[]): Promise<void> {
  const principal = await requestInfo.reauthenticate();
  if (!principal.tenantActive) throw new GatewayError('forbidden', 'The tenant of this API key is suspended.');
  checkScope(principal, requiredScopes);
}

function parseScopes(value: unknown): readonly Scope[] | undefined {
  return Array.isArray(value) && value.every((scope) => scopes.includes(scope)) ? value : undefined;
}
