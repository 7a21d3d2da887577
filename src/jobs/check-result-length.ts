import { GatewayError } from '../domain/errors.ts';

/** In UTF-16 code units. An isolate has 128 MB for all that goes on in it. */
const maxResultLength = 32 * 1024 * 1024;

/** Throws `provider_error` where the result of a job is too long. */
export function checkResultLength(length: number): void {
  if (length <= maxResultLength) return;
  throw new GatewayError('provider_error', 'The provider sent more than 32 MB.', { retryable: false });
}
