import { GatewayError } from '../domain/errors.ts';
import type { Principal, Scope } from '../domain/principal.ts';

/** Throws `forbidden` unless a key has one of these scopes; `admin` reads as well. Needing none lets every key through. */
export function checkScope({ scopes }: Pick<Principal, 'scopes'>, needed: readonly Scope[]): void {
  if (needed.length === 0 || needed.some((scope) => scopes.includes(scope))) return;
  if (needed.includes('read') && scopes.includes('admin')) return;
  throw new GatewayError('forbidden', `This API key lacks the scope that this takes: ${needed.join(' or ')}.`);
}
