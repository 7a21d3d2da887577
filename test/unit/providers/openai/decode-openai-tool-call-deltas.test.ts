import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/domain/response.ts';
import { OpenAiStreamDecoder } from '../../../../src/providers/openai/decode-openai-chat-stream.ts';
import { decode, delta, everyCut, sse } from './streams.ts';

const decoder = () => new OpenAiStreamDecoder({ vendor: { name: 'X', apiKey: undefined }, requiresDone: false });
const stream = (...deltas: object[]) =>
  sse([...deltas.map((call) => delta({ tool_calls: [call] })), delta({}, 'tool_calls'), '[DONE]']);
const toolEvents = (bytes: Uint8Array) =>
  decode(decoder(), [bytes]).events.filter(({ type }) => type.startsWith('tool'));
const call = (index: number, id: string, name: string): StreamEvent => ({ type: 'tool_call', index, id, name });
const json = (index: number, json: string): StreamEvent => ({ type: 'tool_arguments', index, json });

test('calls that OpenAI interleaves are told apart by their index, wherever the stream is cut', () => {
  const bytes = stream(
    { index: 0, id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } },
    { index: 1, id: 'call_b', type: 'function', function: { name: 'время', arguments: '' } },
    { index: 0, function: { arguments: '{"city":' } },
    { index: 1, function: { arguments: '{"зона":"☀️"}' } },
    { index: 0, function: { arguments: '"Oslo"}' } },
  );
  for (const pieces of everyCut(bytes)) {
    expect(decode(decoder(), pieces).events).toEqual([
      { type: 'start', reportedModel: 'm-1' },
      call(0, 'call_a', 'weather'),
      call(1, 'call_b', 'время'),
      json(0, '{"city":'),
      json(1, '{"зона":"☀️"}'),
      json(0, '"Oslo"}'),
      { type: 'finish', finishReason: 'tool_calls' },
    ]);
  }
});

test('arguments may come with the name', () => {
  const bytes = stream({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } });
  expect(toolEvents(bytes)).toEqual([call(0, 'a', 'f'), json(0, '{}')]);
});

test('without an index, a new id begins a new call and the rest belongs to the last', () => {
  const bytes = stream(
    { id: 'a', function: { name: 'f', arguments: '{"x"' } },
    { function: { arguments: ':1}' } },
    { id: 'b', function: { name: 'f', arguments: '{}' } },
  );
  expect(toolEvents(bytes)).toEqual([
    call(0, 'a', 'f'),
    json(0, '{"x"'),
    json(0, ':1}'),
    call(1, 'b', 'f'),
    json(1, '{}'),
  ]);
});

test('an id that is repeated with each part begins nothing', () => {
  const bytes = stream(
    { id: 'a', function: { name: 'f', arguments: '1' } },
    { id: 'a', function: { name: 'f', arguments: '2' } },
  );
  expect(toolEvents(bytes)).toEqual([call(0, 'a', 'f'), json(0, '1'), json(0, '2')]);
});

test('calls that all have index 0 are told apart by their ids', () => {
  const bytes = stream(
    { index: 0, id: 'a', function: { name: 'f', arguments: '1' } },
    { index: 0, id: 'b', function: { name: 'g', arguments: '2' } },
    { index: 0, function: { arguments: '3' } },
  );
  expect(toolEvents(bytes)).toEqual([call(0, 'a', 'f'), json(0, '1'), call(1, 'b', 'g'), json(1, '2'), json(1, '3')]);
});

test('calls with neither index nor id are told apart by their names, and get ids of their own', () => {
  const events = toolEvents(stream({ function: { name: 'f', arguments: '1' } }, { function: { name: 'g' } }));
  expect(events).toEqual([call(0, expect.any(String), 'f'), json(0, '1'), call(1, expect.any(String), 'g')]);
  const ids = events.flatMap((event) => (event.type === 'tool_call' ? [event.id] : []));
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^call_[0-9a-f]{32}$/);
});

test('arguments wait for the name', () => {
  const bytes = stream(
    { index: 0, function: { arguments: '{"x"' } },
    { index: 0, id: 'a', function: { name: 'f', arguments: ':1}' } },
  );
  expect(toolEvents(bytes)).toEqual([call(0, 'a', 'f'), json(0, '{"x":1}')]);
});

test('an object in place of JSON text is written as such', () => {
  const bytes = stream({ index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } });
  expect(toolEvents(bytes).at(-1)).toEqual(json(0, '{"x":1}'));
});

test('Gemini’s signature of a call comes with its beginning, or later', () => {
  const extra_content = { google: { thought_signature: 'S' } };
  const begin = { index: 0, id: 'a', function: { name: 'f', arguments: '1' } };
  expect(toolEvents(stream({ ...begin, extra_content }))).toEqual([
    { type: 'tool_call', index: 0, id: 'a', name: 'f', signature: 'S' },
    json(0, '1'),
  ]);
  expect(toolEvents(stream(begin, { index: 0, extra_content }))).toEqual([
    call(0, 'a', 'f'),
    json(0, '1'),
    { type: 'tool_signature', index: 0, signature: 'S' },
  ]);
});

test('a single call may come without its list', () => {
  const first = delta({ tool_calls: { index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } } });
  const second = delta({ tool_calls: { index: 0, function: { arguments: ':1}' } } });
  expect(toolEvents(sse([first, second, '[DONE]']))).toEqual([call(0, 'a', 'f'), json(0, '{"x"'), json(0, ':1}')]);
});

test('an object in place of JSON text keeps its digits', () => {
  const fields = '"index":0,"id":"a","function":{"name":"f","arguments":{"id":2512292042121000001}}';
  const chunk = `{"choices":[{"index":0,"delta":{"tool_calls":[{${fields}}]}}]}`;
  expect(toolEvents(sse([chunk, '[DONE]'])).at(-1)).toEqual(json(0, '{"id":2512292042121000001}'));
});

test('a legacy function call is a tool call', () => {
  const bytes = sse([
    delta({ function_call: { name: 'f', arguments: '' } }),
    delta({ function_call: { arguments: '{}' } }),
    delta({}, 'function_call'),
    '[DONE]',
  ]);
  expect(decode(decoder(), [bytes]).events.slice(1)).toEqual([
    call(0, expect.any(String), 'f'),
    json(0, '{}'),
    { type: 'finish', finishReason: 'tool_calls' },
  ]);
});

test('a stream that calls a tool and says stop finishes with tool_calls', () => {
  const called = delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }] });
  const { events } = decode(decoder(), [sse([called, delta({}, 'stop'), '[DONE]'])]);
  expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'tool_calls' });
});

test.each([
  ['no name', {}],
  ['null for a name', { name: null }],
  ['an empty name', { name: '' }],
])('a new id with %s goes on with the call of its index', (_name, more) => {
  const bytes = stream(
    { index: 0, id: 'a1', function: { name: 'get_weather', arguments: '' } },
    { index: 0, id: 'b2', function: { ...more, arguments: '{"city":' } },
    { index: 0, id: 'c3', function: { ...more, arguments: '"Oslo"}' } },
  );
  expect(toolEvents(bytes)).toEqual([call(0, 'a1', 'get_weather'), json(0, '{"city":'), json(0, '"Oslo"}')]);
});

test('a new id without a name goes on with the last call where there is no index', () => {
  const bytes = stream({ id: 'a', function: { name: 'f' } }, { id: 'b', function: { arguments: '{"x":1}' } });
  expect(toolEvents(bytes)).toEqual([call(0, 'a', 'f'), json(0, '{"x":1}')]);
});

test('ids that change with each delta are told apart by their indexes', () => {
  const bytes = stream(
    { index: 0, id: 'a', function: { name: 'f', arguments: '' } },
    { index: 1, id: 'b', function: { name: 'g', arguments: '' } },
    { index: 0, id: 'c', function: { arguments: '1' } },
    { index: 1, id: 'd', function: { arguments: '2' } },
  );
  expect(toolEvents(bytes)).toEqual([call(0, 'a', 'f'), call(1, 'b', 'g'), json(0, '1'), json(1, '2')]);
});

test.each([{}, '{}', '{ }'])('a first %j before the arguments is not part of them', (first) => {
  const bytes = stream(
    { index: 0, id: 'a', function: { name: 'f', arguments: first } },
    { index: 0, function: { arguments: '' } },
    { index: 0, function: { arguments: '{"a":{' } },
    { index: 0, function: { arguments: '}}' } },
  );
  expect(toolEvents(bytes)).toEqual([call(0, 'a', 'f'), json(0, '{"a":{'), json(0, '}}')]);
});

test('an empty object that comes within the arguments is part of them', () => {
  const bytes = stream(
    { index: 0, id: 'a', function: { name: 'f', arguments: '{"a":' } },
    { index: 0, function: { arguments: '{}' } },
    { index: 0, function: { arguments: '}' } },
  );
  expect(toolEvents(bytes).slice(1)).toEqual([json(0, '{"a":'), json(0, '{}'), json(0, '}')]);
});

test('an empty object is all there is of the arguments of a call that has none', () => {
  const bytes = stream({ index: 0, id: 'a', function: { name: 'f', arguments: {} } });
  expect(toolEvents(bytes)).toEqual([call(0, 'a', 'f'), json(0, '{}')]);
});

describe('a call without a name', () => {
  const nameless = { index: 0, id: 'a', function: { name: null, arguments: '{"city":"Oslo"}' } };

  test('is an error where it has arguments, behind what was said before', () => {
    const { events, thrown } = decode(decoder(), [stream(nameless)]);
    expect(thrown).toMatchObject({
      code: 'provider_error',
      message: 'X sent a reply that cannot be read: a tool call has arguments, but no name.',
    });
    expect(events).toEqual([{ type: 'start', reportedModel: 'm-1' }]);
  });

  test('is left out where a stream is only metered', () => {
    const vendor = { name: 'X', apiKey: undefined };
    const meter = new OpenAiStreamDecoder({ vendor, requiresDone: false, skipsUnreadable: true });
    expect(decode(meter, [stream(nameless)]).events.at(-1)).toEqual({ type: 'finish', finishReason: 'stop' });
  });

  test('without arguments is left out, and the stream says stop', () => {
    const { events, thrown } = decode(decoder(), [stream({ index: 0, id: 'a', function: {} })]);
    expect(thrown).toBeUndefined();
    expect(events.slice(1)).toEqual([{ type: 'finish', finishReason: 'stop' }]);
  });
});

test('an entry that is no call does not take the others along', () => {
  const tool_calls = [null, { index: 0, id: 'a', function: { name: 'f', arguments: '1' } }];
  expect(toolEvents(sse([delta({ tool_calls }), '[DONE]']))).toEqual([call(0, 'a', 'f'), json(0, '1')]);
});

test.each([null, '', 'eos', 'STOP', 'tool_use', 'end_turn', 'error', 'MALFORMED_FUNCTION_CALL'])(
  'a stream that calls a tool finishes with tool_calls, also under the reason %j',
  (reason) => {
    const called = delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }] });
    const { events } = decode(decoder(), [sse([called, delta({}, reason), '[DONE]'])]);
    expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'tool_calls' });
  },
);

test('a stream that says tool_calls and calls nothing finishes with stop', () => {
  const { events } = decode(decoder(), [sse([delta({ content: 'Done.' }), delta({ tool_calls: [] }, 'tool_calls')])]);
  expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'stop' });
});
