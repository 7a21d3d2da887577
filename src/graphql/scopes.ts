import { defaultFieldResolver, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { checkScope } from '../auth/check-scope.ts';
import { GatewayError } from '../domain/errors.ts';
import { type Scope, scopes } from '../domain/principal.ts';
import type { GraphQlContext } from './context.ts';

type ScopeExtensions = { readonly scopes: readonly Scope[] };

/** Says which keys a field at the top is for: those with one of these scopes. Goes into the field's `extensions`. */
export function requireScopes(...scopes: [Scope, ...Scope[]]): ScopeExtensions {
  return { scopes };
}

/** Says that a field at the top is for every key. */
export const anyKey: ScopeExtensions = { scopes: [] };

/**
 * Lets each field at the top be asked for only by the keys that it is for, before anything is looked up. Throws for a field
 * that does not say.
 */
export function guardRootFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    if (type) guardFields(type);
  }
  return schema;
}

function guardFields(type: GraphQLObjectType<unknown, GraphQlContext>): void {
  for (const field of Object.values(type.getFields())) {
    const needed = readScopes(field.extensions.scopes);
    if (!needed) throw new Error(`${type.name}.${field.name} does not say which scopes it needs.`);
    const { subscribe, resolve = defaultFieldResolver } = field;
    if (subscribe) {
      field.subscribe = (parent, given, context, info) => {
        checkScope(context.principal, needed);
        return subscribe(parent, given, context, info);
      };
      field.resolve = async (value, given, context, info) => {
        await reauthenticate(context, needed);
        return await resolve(value, given, context, info);
      };
    } else {
      field.resolve = (parent, given, context, info) => {
        checkScope(context.principal, needed);
        return resolve(parent, given, context, info);
      };
    }
  }
}

/** Before each event: a subscription outlives what its key may do otherwise. */
async function reauthenticate({ call }: GraphQlContext, needed: readonly Scope[]): Promise<void> {
  const principal = await call.reauthenticate();
  if (!principal.tenantActive) throw new GatewayError('forbidden', 'The tenant of this API key is suspended.');
  checkScope(principal, needed);
}

function readScopes(said: unknown): readonly Scope[] | undefined {
  return Array.isArray(said) && said.every((scope) => scopes.includes(scope)) ? said : undefined;
}
