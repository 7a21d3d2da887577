import { GatewayError } from './errors.ts';

/** Throws `invalid_request` unless a key is one that can be kept: 1 to 255 printable ASCII characters. */
export function checkIdempotencyKey(key: string, field: string): void {
  if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key)) {
    throw new GatewayError('invalid_request', `${field}: must be 1 to 255 printable ASCII characters.`);
  }
}

/** What a key that was used for another request is answered with. */
export function idempotencyKeyReusedError(): GatewayError {
  return new GatewayError(
    'unprocessable',
    'The idempotency key has been used for another request: send a new key with each new request.',
  );
}
