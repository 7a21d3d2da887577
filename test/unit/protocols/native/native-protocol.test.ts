import { expect, it } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { nativeProtocol } from '../../../../src/protocols/native/native-protocol.ts';

const error = new GatewayError('not_found', 'x'.repeat(1_000));

it('writes an error body with the code, the message and the request id', () => {
  expect(nativeProtocol.errorBody(error, 'req_1')).toEqual({
    error: { code: 'not_found', message: error.message, requestId: 'req_1' },
  });
});

it('ends a stream with an error event of at most 4 KiB', () => {
  const event = nativeProtocol.errorEvent(error, 'req_1');
  expect(JSON.parse(event.slice('data: '.length))).toEqual({
    type: 'error',
    code: 'not_found',
    message: `${'x'.repeat(499)}…`,
    requestId: 'req_1',
  });
});
