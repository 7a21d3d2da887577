import type { MiddlewareHandler } from 'hono';
import { GatewayError } from '../../domain/errors.ts';
import type { HttpEnv } from '../../http/context.ts';

/** Refuses a body that was compressed: a small one could become one that is larger than any that is taken. */
export const rejectContentEncoding: MiddlewareHandler<HttpEnv> = async (context, next) => {
  const encoding = context.req.header('content-encoding')?.trim().toLowerCase() || 'identity';
  if (encoding === 'identity') return await next();
  throw new GatewayError('invalid_request', 'Content-Encoding: must be left out: send the body uncompressed.');
};
