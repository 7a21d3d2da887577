import { describe, expect, it } from 'vitest';
import { SocketEventEncoder } from '../../../../../src/protocols/openai/websocket/socket-event-encoder.ts';

const delta = '{"type":"response.output_text.delta","delta":"Hi"}';
const completed =
  '{"type":"response.completed","response":{"id":"resp_2","store":false,"previous_response_id":null,"output":[{"n":9007199254740993}]}}';

describe('the events of a turn', () => {
  it('are messages, byte for byte', () => {
    const encoder = new SocketEventEncoder({});
    expect(encoder.encode({ event: 'response.output_text.delta', data: delta })).toBe(delta);
    expect(encoder.end).toBeUndefined();
  });

  it('have the headers once, and the stream of their request each time', () => {
    const encoder = new SocketEventEncoder({ stream_id: 'a', headers: { 'x-request-id': 'req_1' } });
    const [first, second] = [encoder.encode({ data: delta }), encoder.encode({ data: ` ${delta}` })];
    expect(first).toBe(`{"stream_id":"a","headers":{"x-request-id":"req_1"},${delta.slice(1)}`);
    expect(second).toBe(`{"stream_id":"a",${delta.slice(1)}`);
  });

  it.each(['[DONE]', 'null', '[]', '', '{}', '{ }'])('are not %s', (data) => {
    expect(new SocketEventEncoder({ stream_id: 'a' }).encode({ data })).toBeUndefined();
  });

  it('name the response that was sent as input', () => {
    const encoder = new SocketEventEncoder({ previousId: 'resp_1' });
    const text = encoder.encode({ data: completed });
    expect(text).toBe(completed.replace('"previous_response_id":null', '"previous_response_id":"resp_1"'));
  });

  it('name it where the provider does not have the field', () => {
    const encoder = new SocketEventEncoder({ previousId: 'resp_1' });
    const data = '{"type":"response.created","response":{"id":"resp_2"}}';
    expect(encoder.encode({ data })).toBe(data.replace('"resp_2"', '"resp_2","previous_response_id":"resp_1"'));
  });

  it.each(['response.completed', 'response.incomplete'])('end with %s, which has the response', (type) => {
    const encoder = new SocketEventEncoder({});
    encoder.encode({ data: completed.replace('response.completed', type) });
    expect(encoder.end).toMatchObject({ type: 'completed' });
    const response = encoder.end?.type === 'completed' ? encoder.end.response : new Map();
    expect(response.get('output')).toBe('[{"n":9007199254740993}]');
    expect(encoder.encode({ data: delta })).toBeUndefined();
  });

  it('end with response.failed', () => {
    const encoder = new SocketEventEncoder({});
    encoder.encode({ data: '{"type":"response.failed","response":{"id":"resp_1"}}' });
    expect(encoder.end).toEqual({ type: 'failed' });
  });

  it.each([
    ['rate_limit_exceeded', 429, 'rate_limit_error'],
    ['provider_timeout', 504, 'server_error'],
    ['context_length_exceeded', 400, 'invalid_request_error'],
    ['a_code_of_the_provider', 500, 'server_error'],
  ])('end in one error with a status: %s', (code, status, type) => {
    const encoder = new SocketEventEncoder({ stream_id: 'a' });
    const data = `{"type":"error","code":"${code}","message":"No.","param":null,"sequence_number":7}`;
    expect(JSON.parse(encoder.encode({ event: 'error', data }) ?? '')).toEqual({
      type: 'error',
      status,
      error: { type, code, message: 'No.', param: null },
      sequence_number: 7,
      stream_id: 'a',
    });
    expect(encoder.end).toEqual({ type: 'failed' });
    expect(encoder.encode({ data: '{"type":"response.failed","response":{}}' })).toBeUndefined();
  });
});
