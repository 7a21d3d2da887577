import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { StreamEvent } from '../../../../src/domain/response.ts';
import { OpenAiStreamDecoder } from '../../../../src/providers/openai/decode-openai-chat-stream.ts';
import { decode, delta, everyCut, sse } from './streams.ts';

const vendor = { name: 'OpenAI', apiKey: 'sk-secret-key' };
const decoder = (requiresDone = true) => new OpenAiStreamDecoder({ vendor, requiresDone });
const read = (chunks: readonly (string | object)[]) => decode(decoder(), [sse(chunks)]);
const usage = (input: number, output: number): StreamEvent => ({ type: 'usage', usage: { input, output } });
const start: StreamEvent = { type: 'start', reportedModel: 'm-1' };
const finish = (finishReason: 'stop' | 'tool_calls' | 'content_filter' | 'other'): StreamEvent => ({
  type: 'finish',
  finishReason,
});

describe('a stream in any number of pieces', () => {
  const chunks = [
    delta({ role: 'assistant', content: '', refusal: null }),
    delta({ content: 'Привет' }),
    delta({ content: ', мир 👋🏽' }),
    delta({}, 'stop'),
    { model: 'm-1', choices: [], usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 } },
    '[DONE]',
  ];
  const expected = [
    start,
    { type: 'text', text: 'Привет' },
    { type: 'text', text: ', мир 👋🏽' },
    usage(3, 5),
    finish('stop'),
  ];

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('gives the same events wherever it is cut, with %s', (_name, lineBreak) => {
    for (const pieces of everyCut(sse(chunks, lineBreak))) {
      expect(decode(decoder(), pieces)).toEqual({ events: expected, thrown: undefined });
    }
  });

  test('gives each event as soon as its bytes are there', () => {
    const reading = decoder();
    const events: StreamEvent[] = [];
    reading.push(sse(chunks.slice(0, 2)), events);
    expect(events).toEqual(expected.slice(0, 2));
    reading.push(sse(chunks.slice(2, 3)), events);
    expect(events).toEqual(expected.slice(0, 3));
  });

  test('may end without the blank line behind its terminator', () => {
    const bytes = sse(chunks);
    expect(decode(decoder(), [bytes.subarray(0, -2)]).events).toEqual(expected);
  });

  test('passes over comments, event names, unknown fields and empty data', () => {
    const noise = ': OPENROUTER PROCESSING\n\nevent: chunk\nid: 7\nretry: 10\nextra\ndata:\n\n';
    const bytes = new Uint8Array([...new TextEncoder().encode(noise), ...sse(chunks)]);
    for (const pieces of everyCut(bytes)) expect(decode(decoder(), pieces).events).toEqual(expected);
  });
});

describe('the end of a stream', () => {
  test('nothing behind [DONE] is read', () => {
    const { events, thrown } = read([delta({ content: 'a' }, 'stop'), '[DONE]', delta({ content: 'b' }), 'nonsense']);
    expect(events).toEqual([start, { type: 'text', text: 'a' }, finish('stop')]);
    expect(thrown).toBeUndefined();
  });

  test('bytes that come later than [DONE] are not read either', () => {
    const { events, thrown } = decode(decoder(), [sse(['[DONE]']), sse(['nonsense']), sse([delta({ content: 'b' })])]);
    expect({ events, thrown }).toEqual({ events: [finish('other')], thrown: undefined });
  });

  test('[DONE] without a finish reason finishes with other', () => {
    expect(read([delta({ content: 'a' }), '[DONE]']).events.at(-1)).toEqual(finish('other'));
  });

  test('a stream cut at any byte before its terminator throws, and never finishes', () => {
    const whole = sse([delta({ content: 'Привет 👋' }), delta({}, 'stop'), '[DONE]']);
    const terminator = sse(['[DONE]']).length;
    for (let length = 0; length <= whole.length - terminator; length += 1) {
      const { events, thrown } = decode(decoder(), [whole.subarray(0, length)]);
      expect(thrown?.message).toBe('OpenAI cut the stream off before its end.');
      expect(events.filter(({ type }) => type === 'finish')).toEqual([]);
    }
  });

  test('a vendor that sends no [DONE] has finished when its body ends behind a finish reason', () => {
    const bytes = sse([delta({ content: 'a' }), delta({}, 'length')]);
    const { events, thrown } = decode(decoder(false), [bytes]);
    expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'length' });
    expect(thrown).toBeUndefined();
  });

  test('a vendor that sends no [DONE] has been cut off when its body ends before a finish reason', () => {
    expect(decode(decoder(false), [sse([delta({ content: 'a' })])]).thrown?.message).toContain('cut the stream off');
  });

  test('a vendor that may leave [DONE] out finishes once where it sends it', () => {
    const { events } = decode(decoder(false), [sse([delta({}, 'stop'), '[DONE]'])]);
    expect(events).toEqual([start, finish('stop')]);
  });
});

describe('usage', () => {
  test('comes before finish where it stands in the chunk of the finish reason', () => {
    const last = { ...delta({}, 'stop'), usage: { prompt_tokens: 1, completion_tokens: 2 } };
    expect(read([last, '[DONE]']).events).toEqual([start, usage(1, 2), finish('stop')]);
  });

  test('is given again each time that it is sent', () => {
    const first = { ...delta({ content: 'a' }), usage: { prompt_tokens: 1, completion_tokens: 1 } };
    const second = { ...delta({}, 'stop'), usage: { prompt_tokens: 1, completion_tokens: 4 } };
    const { events } = read([first, second, '[DONE]']);
    expect(events.filter(({ type }) => type === 'usage')).toEqual([usage(1, 1), usage(1, 4)]);
  });

  test('null, or not readable, is no usage', () => {
    const { events } = read([{ ...delta({}, 'stop'), usage: null }, { choices: [], usage: 'free' }, '[DONE]']);
    expect(events).toEqual([start, finish('stop')]);
  });
});

describe('what a reply is made of', () => {
  test('starts with the first model that is named, once', () => {
    const { events } = read([{ model: '', choices: [] }, delta({}), { ...delta({}, 'stop'), model: 'm-2' }, '[DONE]']);
    expect(events).toEqual([start, finish('stop')]);
  });

  test('a refusal that ends with stop finishes with content_filter', () => {
    const { events } = read([delta({ refusal: 'I can’t ' }), delta({ refusal: 'help.' }), delta({}, 'stop'), '[DONE]']);
    expect(events).toEqual([
      start,
      { type: 'refusal', text: 'I can’t ' },
      { type: 'refusal', text: 'help.' },
      finish('content_filter'),
    ]);
  });

  test.each([
    ['reasoning_content', { isReturnable: true }],
    ['reasoning', {}],
  ])('reads reasoning from %s', (field, marks) => {
    const { events } = read([delta({ [field]: 'Hmm' }), delta({ content: 'Yes', [field]: null }, 'stop'), '[DONE]']);
    expect(events.slice(1, 3)).toEqual([
      { type: 'reasoning', text: 'Hmm', ...marks },
      { type: 'text', text: 'Yes' },
    ]);
  });

  test('reads content that comes as parts', () => {
    const parts = [{ type: 'text', text: 'a' }, { type: 'other' }, { type: 'text', text: 'b' }];
    expect(read([delta({ content: parts }, 'stop'), '[DONE]']).events[1]).toEqual({ type: 'text', text: 'ab' });
  });

  test('leaves out the choices behind the first', () => {
    const both = {
      model: 'm-1',
      choices: [
        { index: 1, delta: { content: 'no' }, finish_reason: 'length' },
        { index: 0, delta: { content: 'yes' }, finish_reason: 'stop' },
      ],
    };
    expect(read([both, '[DONE]']).events).toEqual([start, { type: 'text', text: 'yes' }, finish('stop')]);
  });
});

describe('errors in the middle of a stream', () => {
  const failing = (error: unknown) => read([delta({ content: 'a' }), { error }]);

  test('are thrown behind what was said before them, wherever the stream is cut', () => {
    const bytes = sse([delta({ content: 'a' }), { error: { message: 'down', type: 'server_error' } }]);
    for (const pieces of everyCut(bytes)) {
      const { events, thrown } = decode(decoder(), pieces);
      expect(events).toEqual([start, { type: 'text', text: 'a' }]);
      expect(thrown).toBeInstanceOf(GatewayError);
      expect(thrown?.message).toBe('OpenAI failed (status 500).');
    }
  });

  test.each([
    ['a kind that says so', { message: 'slow down', type: 'requests', code: 'rate_limit_exceeded' }, 'rate_limited'],
    ['a used-up quota', { message: 'pay', code: 'insufficient_quota' }, 'provider_error'],
    ['a request at fault', { message: 'too long', code: 'context_length_exceeded' }, 'invalid_request'],
    ['a status in its code', { message: 'slow down', code: 429 }, 'rate_limited'],
    ['a status beside its code', { message: 'no', code: 'X', status: 422 }, 'unprocessable'],
    ['nothing but text', 'boom', 'provider_error'],
  ])('%s decides on the code of the error', (_name, error, code) => {
    expect(failing(error).thrown).toMatchObject({ code });
  });

  test('about credentials give away neither the text nor the key', () => {
    const { thrown } = failing({ message: 'Bad key sk-secret-key', type: 'authentication_error' });
    expect(thrown?.message).toBe("OpenAI refused this call's credentials (status 401).");
  });

  test('may be told by the name of the event alone', () => {
    const bytes = new TextEncoder().encode('event: error\ndata: {"message":"slow down","code":429}\n\n');
    expect(decode(decoder(), [bytes]).thrown).toMatchObject({ code: 'rate_limited' });
  });

  test.each(['{"choices":[', 'hello', 'null', '[1]'])('a chunk that cannot be read (%s) is one', (data) => {
    const { thrown } = read([delta({ content: 'a' }), data, '[DONE]']);
    expect(thrown?.message).toBe(
      'OpenAI sent a reply that cannot be read: a chunk of its stream is not a JSON object.',
    );
  });
});
