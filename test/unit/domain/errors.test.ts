import { expect, test } from 'vitest';
import { GatewayError, toGatewayError } from '../../../src/domain/errors.ts';

test('an error has the status and the public message of its code', () => {
  const error = new GatewayError('rate_limited');
  expect([error.status, error.retryable, error.message]).toEqual([429, true, 'Too many requests.']);
});

test('what was thrown by accident becomes internal and keeps its text to itself', () => {
  const error = toGatewayError(new TypeError('secret'));
  expect(error.code).toBe('internal');
  expect(error.message).not.toContain('secret');
});
