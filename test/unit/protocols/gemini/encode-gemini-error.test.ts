import { expect, it } from 'vitest';
import { GatewayError, invalidFieldError } from '../../../../src/domain/errors.ts';
import { encodeGeminiError } from '../../../../src/protocols/gemini/encode-gemini-error.ts';

it('names fields and waits as Google does', () => {
  expect(encodeGeminiError(invalidFieldError(['contents', 0], 'must be a list'))).toEqual({
    error: {
      code: 400,
      message: 'contents[0]: must be a list.',
      status: 'INVALID_ARGUMENT',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ field: 'contents[0]', description: 'must be a list' }],
        },
      ],
    },
  });
  expect(encodeGeminiError(new GatewayError('rate_limited', 'Slow down.', { retryAfterSeconds: 34 })).error).toEqual({
    code: 429,
    message: 'Slow down.',
    status: 'RESOURCE_EXHAUSTED',
    details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }],
  });
});

it('says that a prompt is too long as Google does', () => {
  const error = new GatewayError('invalid_request', 'Too long.', { reason: 'context_length_exceeded' });
  expect(encodeGeminiError(error).error.message).toBe(
    'The input token count exceeds the maximum number of tokens allowed: Too long.',
  );
});
