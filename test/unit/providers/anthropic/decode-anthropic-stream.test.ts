import { describe, expect, test } from 'vitest';
import { decodeEveryCut } from '../decode-stream.ts';
import {
  block,
  blockStop,
  createDecoder,
  decode,
  delta,
  messageDelta,
  start,
  stop,
  stream,
  text,
} from './message-stream.ts';

const unicode = [
  start(),
  { type: 'ping' },
  block(0, { type: 'thinking', thinking: '', signature: '' }),
  delta(0, { type: 'thinking_delta', thinking: 'Думаю 🤔' }),
  delta(0, { type: 'signature_delta', signature: 'sig' }),
  blockStop(0),
  block(1, { type: 'text', text: '' }),
  delta(1, { type: 'text_delta', text: 'Привет, 🌍\u2028!' }),
  blockStop(1),
  block(2, { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }),
  delta(2, { type: 'input_json_delta', partial_json: '{"где":' }),
  delta(2, { type: 'input_json_delta', partial_json: '"дома"}' }),
  blockStop(2),
  messageDelta({ stop_reason: 'tool_use' }, { output_tokens: 9 }),
  stop,
];

const unicodeEvents = [
  { type: 'start', reportedModel: 'claude-x-1' },
  { type: 'usage', usage: { input: 5, output: 1 } },
  { type: 'reasoning', text: 'Думаю 🤔' },
  { type: 'reasoning', text: '', signature: 'sig' },
  { type: 'text', text: 'Привет, 🌍\u2028!' },
  { type: 'tool_call', index: 0, id: 'toolu_1', name: 'look' },
  { type: 'tool_arguments', index: 0, json: '{"где":' },
  { type: 'tool_arguments', index: 0, json: '"дома"}' },
  { type: 'usage', usage: { input: 5, output: 9 } },
  { type: 'finish', finishReason: 'tool_calls' },
];

describe('a stream gives the same events wherever it is cut', () => {
  test.each([
    ['LF', (all: string) => all],
    ['CRLF', (all: string) => all.replaceAll('\n', '\r\n')],
    ['no line break at its end', (all: string) => all.trimEnd()],
    ['comments between its events', (all: string) => all.replaceAll('event: ', ': keep-alive\n\nevent: ')],
  ])('%s', (_, write) => {
    const everyCut = decodeEveryCut(createDecoder, write(stream(...unicode)));
    expect(everyCut.length).toBeGreaterThan(1000);
    for (const decoded of everyCut) expect(decoded).toEqual({ events: unicodeEvents });
  });
});

test('the beginning may be sent twice and is given once', () => {
  const { events } = decode(start(), start(), messageDelta({ stop_reason: 'end_turn' }), stop);
  expect(events.filter(({ type }) => type === 'start')).toEqual([{ type: 'start', reportedModel: 'claude-x-1' }]);
});

test('unknown events, blocks and deltas are passed over', () => {
  const { events, error } = decode(
    start(null),
    { type: 'something_new', delta: 'a string', content_block: 7 },
    block(0, { type: 'something_new' }),
    delta(0, { type: 'citations_delta', citation: {} }),
    delta(0, { type: 'input_json_delta', partial_json: '{"a":1}' }),
    delta(0, null),
    blockStop(0),
    messageDelta({ stop_reason: 'something_new' }),
    stop,
  );
  expect(error).toBeUndefined();
  expect(events).toEqual([
    { type: 'start', reportedModel: 'claude-x-1' },
    { type: 'finish', finishReason: 'other' },
  ]);
});

test('nothing follows the finish', () => {
  const { events } = decode(start(null), messageDelta({ stop_reason: 'end_turn' }), stop, text('late'), stop);
  expect(events.slice(1)).toEqual([{ type: 'finish', finishReason: 'stop' }]);
});

test('text that comes with the beginning of its block is given too', () => {
  const { events } = decode(block(0, { type: 'text', text: 'He' }), text('llo'), text(''), stop);
  expect(events.filter(({ type }) => type === 'text')).toEqual([
    { type: 'text', text: 'He' },
    { type: 'text', text: 'llo' },
  ]);
});

describe('tool calls', () => {
  const call = (index: number, id: string, input: unknown) =>
    block(index, { type: 'tool_use', id, name: 'look', input });

  test('are numbered among themselves, and a call without arguments has none but an empty object', () => {
    const { events } = decode(
      block(0, { type: 'text', text: '' }),
      blockStop(0),
      call(1, 'toolu_a', {}),
      delta(1, { type: 'input_json_delta', partial_json: '' }),
      blockStop(1),
      block(2, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_fetch', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '{"q":1}' }),
      blockStop(2),
      call(3, 'toolu_b', undefined),
      blockStop(3),
      messageDelta({ stop_reason: 'tool_use' }),
      stop,
    );
    expect(events).toEqual([
      { type: 'tool_call', index: 0, id: 'toolu_a', name: 'look' },
      { type: 'tool_arguments', index: 0, json: '{}' },
      { type: 'tool_call', index: 1, id: 'toolu_b', name: 'look' },
      { type: 'tool_arguments', index: 1, json: '{}' },
      { type: 'finish', finishReason: 'tool_calls' },
    ]);
  });

  test('arguments at the beginning of the block count where none are streamed', () => {
    const { events } = decode(
      call(0, 'toolu_a', { at: 1 }),
      blockStop(0),
      call(1, 'toolu_b', { at: 1 }),
      delta(1, { type: 'input_json_delta', partial_json: '{"at":2}' }),
      blockStop(1),
      stop,
    );
    expect(events.filter(({ type }) => type === 'tool_arguments')).toEqual([
      { type: 'tool_arguments', index: 0, json: '{"at":1}' },
      { type: 'tool_arguments', index: 1, json: '{"at":2}' },
    ]);
  });

  test.each(['end_turn', 'something_new', null])('finish with tool_calls, also under stop reason %s', (stop_reason) => {
    const { events } = decode(start(null), call(0, 'toolu_a', {}), messageDelta({ stop_reason }), stop);
    expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'tool_calls' });
  });

  test('that were not made let tool_use finish with stop', () => {
    const { events } = decode(start(null), text('Done.'), messageDelta({ stop_reason: 'tool_use' }), stop);
    expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'stop' });
  });

  test('a block that is never closed ends with the message', () => {
    const { events } = decode(call(0, 'toolu_a', {}), stop);
    expect(events.slice(1)).toEqual([
      { type: 'tool_arguments', index: 0, json: '{}' },
      { type: 'finish', finishReason: 'tool_calls' },
    ]);
  });
});

test('a later count replaces the earlier one of its field, and the others stay', () => {
  const first = {
    input_tokens: 2,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 100,
    cache_creation: { ephemeral_1h_input_tokens: 40 },
    output_tokens: 1,
  };
  const { events } = decode(
    start(first),
    messageDelta({}, { output_tokens: 10, cache_read_input_tokens: 7 }),
    messageDelta(
      { stop_reason: 'end_turn' },
      { input_tokens: 3, output_tokens: 20, output_tokens_details: { thinking_tokens: 5 } },
    ),
    stop,
  );
  expect(events.filter(({ type }) => type === 'usage')).toEqual([
    { type: 'usage', usage: { input: 102, output: 1, cacheRead: 0, cacheWrite: 100, cacheWriteOneHour: 40 } },
    { type: 'usage', usage: { input: 109, output: 10, cacheRead: 7, cacheWrite: 100, cacheWriteOneHour: 40 } },
    {
      type: 'usage',
      usage: { input: 110, output: 20, cacheRead: 7, cacheWrite: 100, cacheWriteOneHour: 40, reasoning: 5 },
    },
  ]);
});

describe('a feature that is billed beside the tokens', () => {
  const usages = (...events: Parameters<typeof decode>) =>
    decode(...events).events.flatMap((event) => (event.type === 'usage' ? [event.usage] : []));
  const end = messageDelta({ stop_reason: 'end_turn' }, { output_tokens: 9 });

  test.each([{ speed: 'fast' }, { inference_geo: 'us' }, { service_tier: 'priority' }])(
    'stays in the counts that do not repeat it: %j',
    (feature) => {
      const first = { input_tokens: 5, output_tokens: 1, ...feature };
      expect(usages(start(first), text('Hi'), end, stop)).toEqual([
        { input: 5, output: 1, unpriced: true },
        { input: 5, output: 9, unpriced: true },
      ]);
    },
  );

  test('is known before the counts, for a stream that breaks off', () => {
    const search = block(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} });
    const total = { output_tokens: 9, server_tool_use: { web_search_requests: 2 } };
    expect(usages(start(), search)).toEqual([
      { input: 5, output: 1 },
      { input: 5, output: 1, unpriced: true },
    ]);
    expect(usages(start(), search, blockStop(0), messageDelta({}, total), stop).at(-1)).toEqual({
      input: 5,
      output: 9,
      webSearches: 2,
    });
  });

  test('is a compaction that the last counts tell of', () => {
    const iterations = [
      { type: 'compaction', input_tokens: 50_000, output_tokens: 3000 },
      { type: 'message', input_tokens: 5, output_tokens: 9 },
    ];
    expect(usages(start(), messageDelta({}, { output_tokens: 9, iterations }), stop).at(-1)).toEqual({
      input: 50_005,
      output: 3009,
    });
  });
});

test('a refusal is given before the finish', () => {
  const { events } = decode(messageDelta({ stop_reason: 'refusal', stop_details: { explanation: 'Not that.' } }), stop);
  expect(events).toEqual([
    { type: 'refusal', text: 'Not that.' },
    { type: 'finish', finishReason: 'content_filter' },
  ]);
});

test('reads redacted thinking without a text, which numbers nothing', () => {
  const redacted = block(0, { type: 'redacted_thinking', data: 'AAAA' });
  const call = block(1, { type: 'tool_use', id: 'toolu_a', name: 'look', input: {} });
  const { events } = decode(redacted, blockStop(0), call, blockStop(1), stop);
  expect(events).toEqual([
    { type: 'reasoning', text: '', redactedData: 'AAAA' },
    { type: 'tool_call', index: 0, id: 'toolu_a', name: 'look' },
    { type: 'tool_arguments', index: 0, json: '{}' },
    { type: 'finish', finishReason: 'tool_calls' },
  ]);
});
