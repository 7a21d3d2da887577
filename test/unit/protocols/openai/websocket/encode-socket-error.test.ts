import { expect, it } from 'vitest';
import { GatewayError } from '../../../../../src/domain/errors.ts';
import {
  encodeErrorReply,
  encodeSocketError,
} from '../../../../../src/protocols/openai/websocket/encode-socket-error.ts';

it('encodes an error with its status', () => {
  const error = new GatewayError('rate_limited', 'Later.');
  expect(JSON.parse(encodeSocketError(error, { stream_id: 'a' }))).toEqual({
    type: 'error',
    status: 429,
    error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'Later.', param: null },
    stream_id: 'a',
  });
});

it('hides what is no error of the gateway', () => {
  const text = encodeSocketError(new TypeError('sesame'));
  expect(JSON.parse(text)).toMatchObject({ status: 500, error: { code: 'internal' } });
  expect(text).not.toContain('sesame');
});

it('encodes an unknown response as OpenAI does over WebSocket', () => {
  const body = JSON.stringify({
    error: { type: 'not_found_error', code: 'previous_response_not_found', message: 'No.' },
  });
  expect(JSON.parse(encodeErrorReply(404, body, {}))).toMatchObject({
    status: 400,
    error: { type: 'invalid_request_error', code: 'previous_response_not_found' },
  });
});

it.each(['', '<html>', '[]', '{"error":"text"}', '{"error":null}'])(
  'encodes a reply that is no error object: %s',
  (body) => {
    expect(JSON.parse(encodeErrorReply(529, body, {}))).toEqual({
      type: 'error',
      status: 529,
      error: {
        type: 'server_error',
        code: 'server_error',
        message: 'The request failed with status 529.',
        param: null,
      },
    });
  },
);

it('has the type for a code where the provider has none', () => {
  const error = { type: 'invalid_request_error', code: null, message: 'No.', param: 'input' };
  expect(JSON.parse(encodeErrorReply(400, JSON.stringify({ error }), {}))).toMatchObject({
    error: { ...error, code: 'invalid_request_error' },
  });
});
