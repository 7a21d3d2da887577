import type { MiddlewareHandler } from 'hono';
import { GatewayError } from '../../domain/errors.ts';
import type { HttpEnv } from '../../http/context.ts';

/** Rejects a compressed body: a small one could become larger than the maximum. */
export const rejectContentEncoding: MiddlewareHandler<HttpEnv> = async (context, next) => {
  const encoding = context.req.header('content-encoding')?.trim().toLowerCase() || 'identity';
  if (encoding === 'identity') return await next();
  throw new GatewayError('unsupported_media_type', 'Content-Encoding: must be left out: send the body uncompressed.', {
    acceptEncoding: 'identity',
  });
};
