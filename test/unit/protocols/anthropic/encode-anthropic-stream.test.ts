import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { StreamEvent } from '../../../../src/domain/response.ts';
import { AnthropicStreamEncoder, pingEvent } from '../../../../src/protocols/anthropic/encode-anthropic-stream.ts';
import { dataOf, ids, readStream, write, writeAll } from './sdk-client.ts';

const text = (value: string): StreamEvent => ({ type: 'text', text: value });
const call = (index: number): StreamEvent => ({ type: 'tool_call', index, id: `call_${index}`, name: `tool_${index}` });
const json = (index: number, value: string): StreamEvent => ({ type: 'tool_arguments', index, json: value });

test('the official client assembles thinking, text and a tool call', async () => {
  const stream = writeAll(
    [
      { type: 'start', reportedModel: 'gpt-x-2026' },
      { type: 'reasoning', text: 'Let me ' },
      { type: 'reasoning', text: 'see.', signature: 'sig' },
      text('Grüße\u2028'),
      text(' you 👍'),
      call(0),
      json(0, '{"city":'),
      json(0, '"Rome"}'),
      { type: 'usage', usage: { input: 1 } },
    ],
    {
      finishReason: 'tool_calls',
      usage: { input: 100, output: 20, cacheRead: 30, cacheWrite: 10, reasoning: 7 },
    },
  );
  expect(await readStream(stream).finalMessage()).toMatchObject({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'gpt-x',
    content: [
      { type: 'thinking', thinking: 'Let me see.', signature: 'sig' },
      { type: 'text', text: 'Grüße\u2028 you 👍' },
      { type: 'tool_use', id: 'call_0', name: 'tool_0', input: { city: 'Rome' } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: {
      input_tokens: 60,
      cache_read_input_tokens: 30,
      cache_creation_input_tokens: 10,
      output_tokens: 20,
      output_tokens_details: { thinking_tokens: 7 },
    },
  });
});

test('each event has a name and one line of JSON, and is written at once', () => {
  const encoder = new AnthropicStreamEncoder(ids);
  expect(encoder.start()).toBe(
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",' +
      '"model":"gpt-x","content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,' +
      '"usage":{"input_tokens":0,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":0,' +
      '"output_tokens_details":null}}}\n\n',
  );
  expect(encoder.encode({ type: 'text', text: 'a\n\u0085b' })).toBe(
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n' +
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\\n\\u0085b"}}\n\n',
  );
  expect(encoder.encode({ type: 'usage', usage: { output: 1 } })).toBe('');
  expect(encoder.encode({ type: 'text', text: '' })).toBe('');
  const result = { finishReason: 'length', usage: {}, costNanoUsd: 5n } as const;
  expect(encoder.encode({ type: 'done', result })).toBe(
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n' +
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null,' +
      '"stop_details":null},"usage":{"input_tokens":null,"cache_creation_input_tokens":null,' +
      '"cache_read_input_tokens":null,"output_tokens":0,"output_tokens_details":null}}\n\n' +
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  );
});

test('a ping between events changes nothing', async () => {
  const stream = writeAll([text('a')]).replaceAll('\n\n', `\n\n${pingEvent}`);
  expect((await readStream(stream).finalMessage()).content).toEqual([{ type: 'text', text: 'a' }]);
});

test.each([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['content_filter', 'refusal'],
  ['other', 'end_turn'],
] as const)('a reply that ends in %s stops for the reason %s', async (finishReason, stopReason) => {
  const message = await readStream(writeAll([], { finishReason })).finalMessage();
  expect(message).toMatchObject({ content: [], stop_reason: stopReason });
});

test('a refusal is a separate text block', async () => {
  const refusal = (value: string): StreamEvent => ({ type: 'refusal', text: value });
  const stream = writeAll([text('Well, '), refusal('I '), refusal('won’t.')], { finishReason: 'other' });
  expect(await readStream(stream).finalMessage()).toMatchObject({
    content: [
      { type: 'text', text: 'Well, ' },
      { type: 'text', text: 'I won’t.' },
    ],
    stop_reason: 'refusal',
  });
});

test('signed thinking is one block, and the thinking after it is the next', async () => {
  const stream = writeAll([
    { type: 'reasoning', text: 'a', signature: 'signature a' },
    { type: 'reasoning', text: '', signature: 'signature without text' },
    { type: 'reasoning', text: '' },
    { type: 'reasoning', text: 'b' },
    text('c'),
  ]);
  expect((await readStream(stream).finalMessage()).content).toEqual([
    { type: 'thinking', thinking: 'a', signature: 'signature a' },
    { type: 'thinking', thinking: '', signature: 'signature without text' },
    { type: 'thinking', thinking: 'b', signature: '' },
    { type: 'text', text: 'c' },
  ]);
});

describe('parallel tool calls', () => {
  const replies: [string, StreamEvent[]][] = [
    ['one after the other', [call(0), json(0, '{"a":"}"'), json(0, '}'), call(1), json(1, '{"b"'), json(1, ':[1]}')]],
    ['in turns', [call(0), call(1), json(1, '{"b"'), json(0, '{"a":"}"'), json(1, ':[1]}'), json(0, '}')]],
    ['after the start of both', [call(0), call(1), json(0, '{"a":"}"'), json(0, '}'), json(1, '{"b":[1]}')]],
    ['in reverse order', [call(0), call(1), json(1, '{"b":[1]}'), json(0, '{"a":"}"}')]],
    [
      'with white space around them',
      [call(0), json(0, ' \n'), call(1), json(0, '{"a":"}"}'), json(1, '{"b":[1]}'), json(0, '\n')],
    ],
  ];

  test.each(replies)('are assembled if their arguments arrive %s', async (_, events) => {
    const stream = writeAll(events, { finishReason: 'tool_calls' });
    expect((await readStream(stream).finalMessage()).content).toEqual([
      { type: 'tool_use', id: 'call_0', name: 'tool_0', input: { a: '}' } },
      { type: 'tool_use', id: 'call_1', name: 'tool_1', input: { b: [1] } },
    ]);
  });

  test.each(replies)('have one open block at a time if their arguments arrive %s', (_, events) => {
    let open: unknown;
    let opened = 0;
    for (const { type, index } of dataOf(writeAll(events))) {
      if (type === 'content_block_start') {
        expect(open).toBeUndefined();
        expect(index).toBe(opened);
        opened += 1;
        open = index;
      } else if (type === 'content_block_delta' || type === 'content_block_stop') {
        expect(index).toBe(open);
        if (type === 'content_block_stop') open = undefined;
      }
    }
    expect([open, opened]).toEqual([undefined, 2]);
  });

  test('are streamed once the call before them is complete', () => {
    const encoder = new AnthropicStreamEncoder(ids);
    const typesOf = (event: StreamEvent) =>
      dataOf(encoder.encode(event as Exclude<StreamEvent, { type: 'finish' }>)).map(
        ({ type, index }) => `${type} ${index}`,
      );
    expect(typesOf(call(0))).toEqual(['content_block_start 0']);
    expect(typesOf(call(1))).toEqual([]);
    expect(typesOf(json(1, '{"b":'))).toEqual([]);
    expect(typesOf(json(0, '{"a":"\\"{'))).toEqual(['content_block_delta 0']);
    expect(typesOf(json(0, '"}'))).toEqual([
      'content_block_delta 0',
      'content_block_stop 0',
      'content_block_start 1',
      'content_block_delta 1',
    ]);
    expect(typesOf(json(1, '1}'))).toEqual(['content_block_delta 1']);
    expect(typesOf(text('a'))).toEqual(['content_block_stop 1', 'content_block_start 2', 'content_block_delta 2']);
  });

  test('keep their partial arguments if the stream is cut off', () => {
    const stream = writeAll([call(0), call(1), json(0, '{"a":'), json(1, '{"b":'), json(0, '"x'), text('and')], {
      finishReason: 'length',
    });
    const written = ['', '', ''];
    for (const { index, delta } of dataOf(stream) as { index: number; delta?: Record<string, string> }[]) {
      if (index !== undefined) written[index] += delta?.partial_json ?? delta?.text ?? '';
    }
    expect(written).toEqual(['{"a":"x', '{"b":', 'and']);
  });

  test('get an empty object if they have no arguments', async () => {
    const stream = writeAll([call(0), call(1), json(1, '{}')]);
    const { content } = await readStream(stream).finalMessage();
    expect(content).toMatchObject([{ input: {} }, { input: {} }]);
  });

  test.each([
    ['is open', []],
    ['is closed', [text('a')]],
  ])('fail the stream if arguments follow their end while the block %s', (_, between) => {
    const events = [call(0), json(0, '{}'), ...between, json(0, '{"a":1}')];
    expect(() => write(events)).toThrow('went on with the arguments');
  });
});

describe('a stream that fails', () => {
  const error = new GatewayError('unavailable', 'Come back later.');

  test.each([
    ['before anything was said', []],
    ['in the middle of a text', [text('Half')]],
    ['with calls held back', [call(0), json(0, '{"a":'), call(1), json(1, '{"b":1}')]],
  ])('%s raises the official client’s APIError and is never complete', async (_, events) => {
    const encoder = new AnthropicStreamEncoder(ids);
    const stream = write(events, encoder) + encoder.fail(error);
    const thrown = await readStream(stream)
      .finalMessage()
      .catch((reason) => reason);
    expect(thrown).toBeInstanceOf(Anthropic.APIError);
    expect(thrown).toMatchObject({ type: 'overloaded_error', apiMessage: 'Come back later.' });
    const types = dataOf(stream).map(({ type }) => type);
    expect(types.filter((type) => type === 'error')).toHaveLength(1);
    expect(types.at(-1)).toBe('error');
    expect(types).not.toContain('message_stop');
    expect(types).not.toContain('message_delta');
  });

  test('ends in one error event', () => {
    expect(new AnthropicStreamEncoder(ids).fail(error)).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Come back later."}}\n\n',
    );
  });
});
