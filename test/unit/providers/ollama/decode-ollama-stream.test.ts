import { describe, expect, test } from 'vitest';
import { OllamaStreamDecoder } from '../../../../src/providers/ollama/decode-ollama-stream.ts';
import { decodeEveryCut, decodePieces, decodeWhole } from '../decode-stream.ts';

const createDecoder = () => new OllamaStreamDecoder('Ollama');
const line = (reply: Record<string, unknown>) => `${JSON.stringify({ model: 'qwen3', done: false, ...reply })}\n`;
const say = (content: string) => line({ message: { role: 'assistant', content } });
const done = line({ message: { content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 11, eval_count: 7 });
const decode = (...lines: string[]) => decodeWhole(createDecoder, lines.join(''));

const call = { function: { name: 'look', arguments: { где: 'дома' } } };
const all = [
  line({ message: { role: 'assistant', content: '', thinking: 'Думаю 🤔' } }),
  say('Привет, '),
  say('🌍\u2028!'),
  line({ message: { role: 'assistant', content: '', tool_calls: [call] } }),
  line({ message: { role: 'assistant', content: '', tool_calls: [{ id: 'call_abc', ...call }, call] } }),
  done,
].join('');

const allEvents = [
  { type: 'start', reportedModel: 'qwen3' },
  { type: 'reasoning', text: 'Думаю 🤔' },
  { type: 'text', text: 'Привет, ' },
  { type: 'text', text: '🌍\u2028!' },
  { type: 'tool_call', index: 0, id: 'call_0', name: 'look' },
  { type: 'tool_arguments', index: 0, json: '{"где":"дома"}' },
  { type: 'tool_call', index: 1, id: 'call_abc', name: 'look' },
  { type: 'tool_arguments', index: 1, json: '{"где":"дома"}' },
  { type: 'tool_call', index: 2, id: 'call_2', name: 'look' },
  { type: 'tool_arguments', index: 2, json: '{"где":"дома"}' },
  { type: 'usage', usage: { input: 11, output: 7 } },
  { type: 'finish', finishReason: 'tool_calls' },
];

describe('a stream gives the same events wherever it is cut', () => {
  test.each([
    ['LF', all],
    ['CRLF', all.replaceAll('\n', '\r\n')],
    ['blank lines', `\n${all.replaceAll('\n', '\n\n')}`],
    ['a last line without a line break', all.trimEnd()],
  ])('%s', (_, stream) => {
    const everyCut = decodeEveryCut(createDecoder, stream);
    expect(everyCut.length).toBeGreaterThan(700);
    for (const decoded of everyCut) expect(decoded).toEqual({ events: allEvents });
  });
});

test('a last line may say something too', () => {
  expect(decode(line({ message: { content: 'Hi' }, done: true, done_reason: 'length' })).events).toEqual([
    { type: 'start', reportedModel: 'qwen3' },
    { type: 'text', text: 'Hi' },
    { type: 'finish', finishReason: 'length' },
  ]);
});

test('a count that did not come is absent, and without any there is no usage', () => {
  const usageOf = (reply: Record<string, unknown>) =>
    decode(line({ message: { content: '' }, done: true, ...reply })).events.filter(({ type }) => type === 'usage');
  expect(usageOf({ eval_count: 7 })).toEqual([{ type: 'usage', usage: { output: 7 } }]);
  expect(usageOf({})).toEqual([]);
});

test('nothing follows the finish', () => {
  expect(decode(done, say('late'), 'not JSON\n').events.at(-1)).toEqual({ type: 'finish', finishReason: 'stop' });
});

describe('a stream that fails', () => {
  const failed = expect.objectContaining({ code: 'provider_error', message: 'Ollama failed while it was answering.' });

  test('an error line is an error, also as the only line and without a line break', () => {
    expect(decode('{"error":"out of memory"}\n')).toEqual({ events: [], error: failed });
    expect(decode('{"error":"out of memory"}')).toEqual({ events: [], error: failed });
  });

  test('the events before the error are returned, at every cut of the stream', () => {
    for (const decoded of decodeEveryCut(createDecoder, `${say('Half')}{"error":"out of memory"}\n`)) {
      expect(decoded).toEqual({
        events: [
          { type: 'start', reportedModel: 'qwen3' },
          { type: 'text', text: 'Half' },
        ],
        error: failed,
      });
    }
  });

  test('an end before `done` is a cut, wherever it comes', () => {
    const bytes = new TextEncoder().encode(say('Half') + done.slice(0, -2));
    for (let length = 0; length <= bytes.length; length++) {
      expect(decodePieces(createDecoder, [bytes.subarray(0, length)]).error).toEqual(
        expect.objectContaining({ code: 'provider_error', message: 'Ollama cut the stream off before its end.' }),
      );
    }
  });

  test('an end without any message is an error that may be tried again', () => {
    const { events, error } = decode('{"model":"qwen3","done":true}\n');
    expect(error).toMatchObject({ code: 'provider_error', retryable: true, detail: 'empty_stream' });
    expect(events).toEqual([{ type: 'start', reportedModel: 'qwen3' }]);
  });

  test('arguments without the name of their tool are an error, behind what was said before', () => {
    const tool_calls = [call, { function: { name: null, arguments: { x: 1 } } }];
    const { events, error } = decode(say('Half'), line({ message: { content: ' of it', tool_calls } }), done);
    expect(error).toMatchObject({ code: 'provider_error', message: expect.stringContaining('no name') });
    expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('')).toBe('Half of it');
  });

  test('an error with a code is told by it', () => {
    expect(decode('{"error":{"message":"slow down","code":429}}\n').error).toEqual(
      expect.objectContaining({ code: 'rate_limited' }),
    );
  });

  test('lines that are no JSON objects say nothing', () => {
    const junk = ['null', ': keepalive', 'ping', '""', 'true', '[]', '<html>'].map((data) => `${data}\n`);
    expect(decode(say('Hi'), ...junk, done)).toEqual(decode(say('Hi'), done));
    expect(decode(...junk).error).toEqual(
      expect.objectContaining({ message: expect.stringContaining('cut the stream') }),
    );
  });

  test.each([['{"message":\n'], ['{"message":{"tool_calls":7}}\n']])('the line %j cannot be read', (text) => {
    expect(decode(text).error).toEqual(
      expect.objectContaining({ code: 'provider_error', message: expect.stringContaining('cannot be read') }),
    );
  });
});
