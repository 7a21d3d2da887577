import { GatewayError } from '../../domain/errors.ts';
import { isJobId } from '../../domain/job.ts';
import type { HttpContext } from '../../http/context.ts';

/** The id of a job in the path. Throws `not_found` for what cannot be one, and is not looked up. */
export function parseJobId(context: HttpContext): string {
  const id = context.req.param('id') ?? '';
  if (!isJobId(id)) throw unknownJobError(id);
  return id;
}

export function unknownJobError(id: string): GatewayError {
  return new GatewayError('not_found', `There is no job ${id.slice(0, 64)}.`);
}
