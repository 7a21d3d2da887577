import { GatewayError } from '../domain/errors.ts';
import { findIdempotencyKeyProblem } from '../domain/idempotency-key.ts';
import type { HttpContext } from './context.ts';

/**
 * Returns the Idempotency-Key of a request; undefined without one. Throws `invalid_request` for a key that cannot be
 * stored.
 */
export function readIdempotencyKey(context: HttpContext): string | undefined {
  const key = context.req.header('idempotency-key')?.trim() || undefined;
  const problem = key === undefined ? undefined : findIdempotencyKeyProblem(key);
  if (problem !== undefined) throw new GatewayError('invalid_request', `Idempotency-Key: ${problem}.`);
  return key;
}
