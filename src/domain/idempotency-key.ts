import { GatewayError } from './errors.ts';

/**
 * Checks an idempotency key. Returns the problem as the end of a sentence that begins with the name of the field;
 * undefined for a valid key.
 */
export function findIdempotencyKeyProblem(key: string): string | undefined {
  const isValid = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key);
  return isValid ? undefined : 'must be 1 to 255 printable ASCII characters';
}

/** The error for a key that an earlier, different request has used. */
export function idempotencyKeyReusedError(): GatewayError {
  return new GatewayError(
    'unprocessable',
    'The idempotency key has been used for another request: send a new key with each new request.',
  );
}
