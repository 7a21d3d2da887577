import { GatewayError } from './errors.ts';

/** What is wrong with a key, as the end of a sentence that begins with the name of its field; undefined for a valid one. */
export function findIdempotencyKeyProblem(key: string): string | undefined {
  const isValid = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key);
  return isValid ? undefined : 'must be 1 to 255 printable ASCII characters';
}

/** What a key that was used for another request is answered with. */
export function idempotencyKeyReusedError(): GatewayError {
  return new GatewayError(
    'unprocessable',
    'The idempotency key has been used for another request: send a new key with each new request.',
  );
}
