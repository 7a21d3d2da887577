import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { Scope } from '../domain/scope.ts';

/**
 * Throws `forbidden` unless the principal has one of the required scopes. The scope `admin` includes `read`. An empty list
 * allows every key.
 */
export function checkScope({ scopes }: Pick<Principal, 'scopes'>, required: readonly Scope[]): void {
  if (required.length === 0 || required.some((scope) => scopes.includes(scope))) return;
  if (required.includes('read') && scopes.includes('admin')) return;
  throw new GatewayError('forbidden', `This API key lacks the scope that this takes: ${required.join(' or ')}.`);
}
