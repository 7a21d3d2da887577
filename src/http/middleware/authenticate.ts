import type { MiddlewareHandler } from 'hono';
import type { KeyVerifier } from '../../auth/key-verifier.ts';
import { GatewayError } from '../../core/errors.ts';
import { type HttpEnv, waitUntilOf } from '../context.ts';

/**
 * Lets through who has a valid key, in `X-API-Key` or `Authorization: Bearer`, and leaves the caller in the context.
 * Throws `unauthorized`, `forbidden` for a suspended tenant, `unavailable` where keys cannot be looked up.
 */
export function authenticate(keys: KeyVerifier, now: () => number): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const startedAtMs = now();
    const key = readKey(context.req.raw.headers);
    const caller = await keys.verify(key, waitUntilOf(context)).catch((cause: unknown) => {
      throw new GatewayError('unavailable', 'API keys cannot be checked right now. Try again in a moment.', { cause });
    });
    context.get('timing').auth = now() - startedAtMs;
    if (!caller) throw new GatewayError('unauthorized', 'The API key is unknown.');
    context.set('caller', caller);
    if (!caller.tenantActive) throw new GatewayError('forbidden', 'The tenant of this API key is suspended.');
    await next();
  };
}

/** The key of a request; an empty header is an absent one. Throws where there is none, or two that differ. */
function readKey(headers: Headers): string {
  const fromOwnHeader = headers.get('x-api-key')?.trim() || undefined;
  const bearer = /^bearer(?:\s+(.*))?$/i.exec(headers.get('authorization')?.trim() ?? '');
  const fromBearer = bearer?.[1]?.trim() || undefined;
  if (fromOwnHeader !== undefined && fromBearer !== undefined && fromOwnHeader !== fromBearer) {
    throw new GatewayError(
      'invalid_request',
      'X-API-Key and Authorization carry different keys: send one of them, or the same key in both.',
    );
  }
  const key = fromOwnHeader ?? fromBearer;
  if (key === undefined) {
    throw new GatewayError('unauthorized', 'No API key: send it as X-API-Key, or as Authorization: Bearer.');
  }
  return key;
}
