import { describe, expect, test } from 'vitest';
import { AnthropicStreamDecoder } from '../../../../src/providers/anthropic/decode-anthropic-stream.ts';
import { decodeEveryCut, decodePieces, decodeWhole } from '../decode-stream.ts';
import { block, createDecoder, type Data, decode, messageDelta, start, stop, stream, text } from './message-stream.ts';

describe('a stream that fails', () => {
  const error = (type: string, message = 'Words of the vendor'): Data => ({ type: 'error', error: { type, message } });

  test.each([
    ['overloaded_error', 'provider_error', true],
    ['api_error', 'provider_error', true],
    ['timeout_error', 'provider_timeout', true],
    ['rate_limit_error', 'rate_limited', true],
    ['invalid_request_error', 'invalid_request', false],
    ['request_too_large', 'payload_too_large', false],
    ['authentication_error', 'provider_error', false],
    ['permission_error', 'provider_error', false],
    ['billing_error', 'provider_error', false],
    ['something_new', 'provider_error', true],
  ])('%s is %s', (type, code, retryable) => {
    expect(decode(error(type))).toEqual({ events: [], error: expect.objectContaining({ code, retryable }) });
  });

  test('an error event without an error object is an error', () => {
    expect(decode({ type: 'error' }).error).toEqual(expect.objectContaining({ code: 'provider_error' }));
  });

  test('an end without content and without a stop reason is an error that may be tried again', () => {
    for (const events of [[{ type: 'message_stop' }], [start(), { type: 'message_stop' }]]) {
      expect(decode(...events).error).toMatchObject({
        code: 'provider_error',
        retryable: true,
        detail: 'empty_stream',
      });
    }
  });

  test('the events before the error are returned, at every cut of the stream', () => {
    for (const decoded of decodeEveryCut(createDecoder, stream(start(), text('Half'), error('overloaded_error')))) {
      expect(decoded).toEqual({
        events: [
          { type: 'start', reportedModel: 'claude-x-1' },
          { type: 'usage', usage: { input: 5, output: 1 } },
          { type: 'text', text: 'Half' },
        ],
        error: expect.objectContaining({ code: 'provider_error', message: 'Claude failed (status 529).' }),
      });
    }
  });

  test('an event named error is an error with any data', () => {
    expect(decodeWhole(createDecoder, 'event: error\ndata: {"error":{"type":"rate_limit_error"}}\n\n').error).toEqual(
      expect.objectContaining({ code: 'rate_limited' }),
    );
    expect(decodeWhole(createDecoder, 'event: error\ndata: "Overloaded"\n\n').error).toEqual(
      expect.objectContaining({ code: 'provider_error' }),
    );
  });

  test("the error contains neither the key nor the provider's message about it", () => {
    const shown = decode(error('invalid_request_error', 'key sk-ant-secret-key is odd')).error;
    expect(String(shown)).not.toContain('secret');
    expect(String(decode(error('authentication_error', 'invalid x-api-key')).error)).not.toContain('x-api-key');
  });

  test('an end without the terminator is a cut at every position', () => {
    const bytes = new TextEncoder().encode(stream(start(), text('Half'), messageDelta({ stop_reason: 'end_turn' })));
    for (let length = 0; length <= bytes.length; length++) {
      expect(decodePieces(createDecoder, [bytes.subarray(0, length)]).error).toEqual(
        expect.objectContaining({ code: 'provider_error', message: 'Claude cut the stream off before its end.' }),
      );
    }
  });

  test('an event named error is an error even without JSON', () => {
    expect(decodeWhole(createDecoder, 'event: error\ndata: Overloaded\n\n').error).toEqual(
      expect.objectContaining({ code: 'provider_error', message: 'Claude failed (status 500).' }),
    );
  });

  test('broken JSON cannot be read', () => {
    expect(decodeWhole(createDecoder, 'event: ping\ndata: {"type":\n\n').error).toEqual(
      expect.objectContaining({ code: 'provider_error', message: expect.stringContaining('cannot be read') }),
    );
  });

  test('a tool call without a name cannot be read', () => {
    expect(decode(block(0, { type: 'tool_use', id: 'toolu_1' })).error).toEqual(
      expect.objectContaining({ code: 'provider_error', message: expect.stringContaining('cannot be read') }),
    );
  });
});

describe('frames without content', () => {
  const junk = ['null', ': keepalive', 'ping', '""', 'true', '[]', '[PROCESSING]', '{}'];

  test('are skipped at every cut of the stream', () => {
    const plain = stream(start(), text('Hi'), messageDelta({ stop_reason: 'end_turn' }), stop);
    const frames = junk.map((data) => `data: ${data}\n\n`).join('');
    const expected = decodeWhole(createDecoder, plain);
    expect(expected.error).toBeUndefined();
    const mixed = plain.replace('event: content_block_delta', `${frames}event: content_block_delta`);
    for (const decoded of decodeEveryCut(createDecoder, mixed)) expect(decoded).toEqual(expected);
  });
});

test('null fields of a compatible server do not discard their event', () => {
  const nulls = { text: null, signature: null, data: null, id: null, name: null };
  const { events, error } = decode(
    { type: 'message_start', message: { model: null, usage: null } },
    { type: 'content_block_start', index: 0, content_block: { ...nulls, type: 'thinking', thinking: 'Hm' } },
    {
      type: 'content_block_delta',
      index: 0,
      delta: { ...nulls, type: 'thinking_delta', thinking: '.', partial_json: null },
    },
    messageDelta({ stop_reason: 'end_turn', stop_details: null }),
    stop,
  );
  expect(error).toBeUndefined();
  expect(events).toEqual([
    { type: 'reasoning', text: 'Hm' },
    { type: 'reasoning', text: '.' },
    { type: 'finish', finishReason: 'stop' },
  ]);
});

test('arguments that come with the beginning of a call keep their digits', () => {
  const tool = '{"type":"tool_use","id":"toolu_1","name":"look","input":{ "id": 2512292042121000001, "f": 1.0 }}';
  const begin = `data: {"type":"content_block_start","index":0,"content_block":${tool}}\n\n`;
  const { events } = decodeWhole(createDecoder, begin + stream(messageDelta({ stop_reason: 'tool_use' }), stop));
  expect(events).toContainEqual({ type: 'tool_arguments', index: 0, json: '{"id":2512292042121000001,"f":1.0}' });
});

describe('a stream that is only metered', () => {
  const createMeter = () =>
    new AnthropicStreamDecoder({ name: 'Claude', apiKey: 'sk-ant-secret-key' }, { skipsUnreadable: true });

  test.each([
    ['broken JSON', 'data: {"type":\n\n'],
    ['a tool call without an id', stream(block(1, { type: 'tool_use', id: null, name: 'x', input: {} }))],
  ])('is read on after %s', (_, frame) => {
    const end = stream(text('Hi'), messageDelta({ stop_reason: 'end_turn' }, { output_tokens: 9 }), stop);
    expect(decodeWhole(createMeter, stream(start()) + frame + end)).toEqual({
      events: [
        { type: 'start', reportedModel: 'claude-x-1' },
        { type: 'usage', usage: { input: 5, output: 1 } },
        { type: 'text', text: 'Hi' },
        { type: 'usage', usage: { input: 5, output: 9 } },
        { type: 'finish', finishReason: 'stop' },
      ],
    });
  });

  test('throws the error that the provider sent', () => {
    const error = { type: 'error', error: { type: 'overloaded_error' } };
    expect(decodeWhole(createMeter, `data: null\n\n${stream(start(), error)}`).error).toMatchObject({
      message: 'Claude failed (status 529).',
    });
  });
});
