import type { MiddlewareHandler } from 'hono';
import { checkScope } from '../../auth/check-scope.ts';
import { isVendorKey } from '../../auth/key-format.ts';
import type { KeyVerifier } from '../../auth/key-verifier.ts';
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

/**
 * Lets through who has a valid key, in `X-API-Key` or `Authorization: Bearer`, and leaves the caller in the context.
 * Keeps what a key may read out of caches. Throws `unauthorized`, `forbidden` for a suspended tenant or a key that lacks the scope, `unavailable` where keys cannot be
 * looked up.
 */
export function authenticate(
  keys: KeyVerifier,
  now: () => number,
  { scopes, allowSuspended = false }: AuthenticateOptions,
): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const startedAtMs = now();
    const key = readKey(context.req.raw.headers);
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
    // Caches take `Authorization` alone for credentials.
    headers.append('vary', 'X-API-Key, Authorization');
    if (context.req.method === 'GET' && !headers.has('cache-control')) headers.set('cache-control', 'no-store');
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

/** The key of a request; an empty header is an absent one. Throws where there is none, or two that differ. */
function readKey(headers: Headers): string {
  const fromOwnHeader = headers.get('x-api-key')?.trim() || undefined;
  const authorization = headers.get('authorization')?.trim() ?? '';
  const bearer = /^bearer(?:\s+(.*))?$/i.exec(authorization);
  const fromBearer = bearer?.[1]?.trim() || undefined;
  if (fromOwnHeader !== undefined && fromBearer !== undefined && fromOwnHeader !== fromBearer) {
    throw new GatewayError(
      'invalid_request',
      'X-API-Key and Authorization carry different keys: send one of them, or the same key in both.',
    );
  }
  const key = fromOwnHeader ?? fromBearer;
  if (key === undefined && authorization !== '' && !bearer) {
    throw new GatewayError(
      'unauthorized',
      'Authorization must begin with Bearer: send Authorization: Bearer YOUR_API_KEY.',
    );
  }
  if (key === undefined) {
    throw new GatewayError('unauthorized', 'No API key: send it as X-API-Key, or as Authorization: Bearer.');
  }
  return key;
}
