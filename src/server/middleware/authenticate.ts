import type { MiddlewareHandler } from 'hono';
import { checkScope } from '../../auth/check-scope.ts';
import type { KeyVerifier } from '../../auth/key-verifier.ts';
import { keyHeaders, readApiKey } from '../../auth/read-api-key.ts';
import { isVendorKey } from '../../auth/vendor-keys.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Scope } from '../../domain/scope.ts';
import { getWaitUntil, type HttpEnv } from '../../http/context.ts';

interface AuthenticateOptions {
  /** What the key has to have one of; empty: every key is let through. */
  readonly scopes: readonly Scope[];
  /** Lets a suspended tenant through: what comes after decides what it may do. */
  readonly allowSuspended?: boolean;
}

/** Caches take `Authorization` alone for credentials. */
const varyByKey = keyHeaders.join(', ');

/**
 * Requires a valid key in one of `keyHeaders`, and sets the principal. Keeps what a key may read out of caches. Throws
 * `unauthorized`, `forbidden` for a suspended tenant or a key that lacks the scope, `unavailable` where keys cannot be looked up, and
 * `invalid_request` for several keys.
 */
export function authenticate(
  keys: KeyVerifier,
  now: () => number,
  { scopes, allowSuspended = false }: AuthenticateOptions,
): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const startedAtMs = now();
    const key = readApiKey(context.req.raw);
    const waitUntil = getWaitUntil(context);
    const check = (principal: Principal | undefined): Principal => {
      if (!principal) throw new GatewayError('unauthorized', describeUnknownKey(key));
      if (!principal.tenantActive && !allowSuspended) throw suspended();
      checkScope(principal, scopes);
      return principal;
    };
    const principal = await keys.verify(key, waitUntil).catch(toUnavailable);
    context.set('authMs', now() - startedAtMs);
    // For the log, also of one that is refused.
    if (principal) context.set('principal', principal);
    check(principal);
    context.set('reauthenticate', async () => check(await keys.reverify(key, waitUntil).catch(toUnavailable)));
    await next();
    const { headers } = context.res;
    headers.append('vary', varyByKey);
    if (['GET', 'HEAD'].includes(context.req.method) && !headers.has('cache-control'))
      headers.set('cache-control', 'no-store');
  };
}

function describeUnknownKey(key: string): string {
  return isVendorKey(key)
    ? "The API key is unknown: it looks like a provider's own key. Send a key of this gateway, which begins with aia_."
    : 'The API key is unknown.';
}

function toUnavailable(cause: unknown): never {
  throw new GatewayError('unavailable', 'API keys cannot be checked right now. Try again in a moment.', { cause });
}

function suspended(): GatewayError {
  return new GatewayError('forbidden', 'The tenant of this API key is suspended.');
}
