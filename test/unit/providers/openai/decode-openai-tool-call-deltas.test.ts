import { expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/domain/response.ts';
import { OpenAiStreamDecoder } from '../../../../src/providers/openai/decode-openai-chat-stream.ts';
import { decode, delta, everyCut, sse } from './streams.ts';

const decoder = () => new OpenAiStreamDecoder({ vendor: { name: 'X', apiKey: undefined }, requiresDone: true });
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
