import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { StreamEvent } from '../../../../src/domain/response.ts';
import { OpenAiStreamDecoder } from '../../../../src/providers/openai/decode-openai-chat-stream.ts';
import { decode, delta, everyCut, sse } from './streams.ts';

const vendor = { name: 'OpenAI', apiKey: 'sk-secret-key' };
const decoder = (requiresDone = false) => new OpenAiStreamDecoder({ vendor, requiresDone });
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
    const first = sse([delta({}, 'stop'), '[DONE]']);
    const { events, thrown } = decode(decoder(), [first, sse(['nonsense']), sse([delta({ content: 'b' })])]);
    expect({ events, thrown }).toEqual({ events: [start, finish('stop')], thrown: undefined });
  });

  test.each(['[done]', '[Done]', ' [DONE] '])('%j is the terminator too', (terminator) => {
    const { events, thrown } = read([delta({ content: 'a' }), terminator, delta({ content: 'b' })]);
    expect(events).toEqual([start, { type: 'text', text: 'a' }, finish('other')]);
    expect(thrown).toBeUndefined();
  });

  test.each([
    ['nothing but [DONE]', ['[DONE]']],
    ['chunks without a choice', [{ model: 'm-1', choices: [] }, { choices: [null] }, {}, '[DONE]']],
    ['token counts alone', [{ choices: [], usage: { prompt_tokens: 3, completion_tokens: 0 } }, '[DONE]']],
  ])('a stream that holds %s is an error that may be tried again', (_name, chunks) => {
    const { events, thrown } = read(chunks);
    expect(thrown).toMatchObject({ code: 'provider_error', retryable: true, detail: 'empty_stream' });
    expect(events.filter(({ type }) => type === 'finish')).toEqual([]);
  });

  test('an empty body is an error that may be tried again', () => {
    expect(read([]).thrown).toMatchObject({ code: 'provider_error', retryable: true, detail: 'stream_cut_off' });
  });

  test('[DONE] without a finish reason finishes with other', () => {
    expect(read([delta({ content: 'a' }), '[DONE]']).events.at(-1)).toEqual(finish('other'));
  });

  test('a stream cut at any byte before its finish reason throws, and never finishes', () => {
    const whole = sse([delta({ content: 'Привет 👋' }), delta({}, 'stop'), '[DONE]']);
    const end = sse([delta({}, 'stop'), '[DONE]']).length;
    for (let length = 0; length <= whole.length - end; length += 1) {
      const { events, thrown } = decode(decoder(), [whole.subarray(0, length)]);
      expect(thrown?.message).toBe('OpenAI cut the stream off before its end.');
      expect(events.filter(({ type }) => type === 'finish')).toEqual([]);
    }
  });

  test('a stream that ends behind its finish reason is complete without [DONE]', () => {
    const bytes = sse([delta({ content: 'a' }), delta({}, 'length')]);
    const { events, thrown } = decode(decoder(), [bytes]);
    expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'length' });
    expect(thrown).toBeUndefined();
  });

  test('half an event behind the finish reason is a cut', () => {
    const bytes = new TextEncoder().encode('data: {"choices":[],"usage":{"prompt_to');
    expect(decode(decoder(), [sse([delta({}, 'stop')]), bytes]).thrown).toMatchObject({ detail: 'stream_cut_off' });
  });

  test('a connection that breaks behind the finish reason has cut the stream off', () => {
    const reading = decoder();
    const events: StreamEvent[] = [];
    reading.push(sse([delta({ content: 'a' }), delta({}, 'stop')]), events);
    expect(() => reading.end(events, false)).toThrow('OpenAI cut the stream off before its end.');
    expect(events.at(-1)).toEqual({ type: 'text', text: 'a' });
  });

  test('a vendor that always sends [DONE] has cut a stream off that ends without it', () => {
    const whole = sse([delta({ content: 'Привет 👋' }), delta({}, 'stop'), '[DONE]']);
    const terminator = sse(['[DONE]']).length;
    for (let length = 0; length <= whole.length - terminator; length += 1) {
      const { thrown } = decode(decoder(true), [whole.subarray(0, length)]);
      expect(thrown?.message).toBe('OpenAI cut the stream off before its end.');
    }
  });

  test('a vendor that may leave [DONE] out finishes once where it sends it', () => {
    const { events } = decode(decoder(), [sse([delta({}, 'stop'), '[DONE]'])]);
    expect(events).toEqual([start, finish('stop')]);
  });
});

describe('usage', () => {
  const counts = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };

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

  test.each([
    ['of a choice (Moonshot)', { choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: counts }] }],
    ['of x_groq (Groq)', { ...delta({}, 'stop'), x_groq: { id: 'req_1', usage: counts } }],
  ])('is read %s', (_name, last) => {
    expect(read([delta({ content: 'a' }), last, '[DONE]']).events.slice(2)).toEqual([usage(100, 50), finish('stop')]);
  });

  test('null, or not readable, is no usage', () => {
    const { events } = read([{ ...delta({}, 'stop'), usage: null }, { choices: [], usage: 'free' }, '[DONE]']);
    expect(events).toEqual([start, finish('stop')]);
  });
});

describe('the parts of a reply', () => {
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

  test.each([
    ['a list of strings', ['a', 'b'], 'ab'],
    ['one part', { type: 'text', text: 'ab' }, 'ab'],
    ['a part that is null', [null, { type: 'text', text: 'ab' }], 'ab'],
  ])('reads content that comes as %s', (_name, content, text) => {
    expect(read([delta({ content }, 'stop'), '[DONE]']).events[1]).toEqual({ type: 'text', text });
  });

  test('reads Mistral’s thinking, which comes among the parts of the content', () => {
    const thinking = (text: string) => delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] });
    const { events } = read([
      thinking('Hmm, '),
      thinking('well.'),
      delta({ content: [{ type: 'text', text: 'Hello' }] }),
      delta({ content: ' you' }, 'stop'),
      '[DONE]',
    ]);
    expect(events.slice(1)).toEqual([
      { type: 'reasoning', text: 'Hmm, ' },
      { type: 'reasoning', text: 'well.' },
      { type: 'text', text: 'Hello' },
      { type: 'text', text: ' you' },
      finish('stop'),
    ]);
  });

  const signed = { extra_content: { google: { thought_signature: 'S' } } };

  test.each([
    ['of the message', { content: 'Hi', ...signed }],
    ['of a part of the content', { content: [{ type: 'text', text: 'Hi', ...signed }] }],
  ])('reads Gemini’s signature %s', (_name, fields) => {
    expect(read([delta(fields, 'stop'), '[DONE]']).events.slice(1)).toEqual([
      { type: 'text', text: 'Hi' },
      { type: 'text', text: '', signature: 'S' },
      finish('stop'),
    ]);
  });

  const choice = (index: number, content: string, finish_reason: string | null = null) => ({
    model: 'm-1',
    choices: [{ index, delta: { content }, finish_reason }],
  });

  test.each([
    ['counts up with each chunk', [choice(0, 'Wh'), choice(1, 'isp'), choice(2, 'er', 'stop')]],
    ['is always 1', [choice(1, 'Wh'), choice(1, 'isper'), choice(1, '', 'stop')]],
  ])('reads the only choice where its index %s', (_name, chunks) => {
    const { events } = read([...chunks, '[DONE]']);
    expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('')).toBe('Whisper');
    expect(events.at(-1)).toEqual(finish('stop'));
  });

  test('reads only the choice of index 0 where the request asks for several', () => {
    const several = new OpenAiStreamDecoder({ vendor, requiresDone: false, replies: 2 });
    const chunks = [choice(1, 'no'), choice(0, 'yes', 'stop'), choice(1, 'no', 'length'), '[DONE]'];
    expect(decode(several, [sse(chunks)]).events).toEqual([start, { type: 'text', text: 'yes' }, finish('stop')]);
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

  test.each([{}, { message: null, code: null }, { message: '', code: 0 }])('%j beside choices is none', (error) => {
    const { events, thrown } = read([{ ...delta({ content: 'a' }, 'stop'), error }, '[DONE]']);
    expect(thrown).toBeUndefined();
    expect(events.at(-1)).toEqual(finish('stop'));
    expect(read([delta({ content: 'a' }), { error }]).thrown).toMatchObject({ code: 'provider_error' });
  });

  test('may stand in x_groq', () => {
    const { thrown } = read([delta({ content: 'a' }), { ...delta({}, 'stop'), x_groq: { error: 'over capacity' } }]);
    expect(thrown).toMatchObject({ code: 'provider_error' });
  });

  test.each([
    ['an object', { message: 'Trying to keep the first 5000 tokens when context the overflows.' }],
    ['text', 'The number of tokens to keep from the initial prompt is greater than the context length.'],
  ])('about a prompt that is too long have a reason, as %s', (_name, error) => {
    const bytes = new TextEncoder().encode(`event: error\ndata: ${JSON.stringify({ error })}\n\n`);
    expect(decode(decoder(), [bytes]).thrown).toMatchObject({
      code: 'invalid_request',
      reason: 'context_length_exceeded',
    });
  });

  test('may be told by the name of the event alone', () => {
    const bytes = new TextEncoder().encode('event: error\ndata: {"message":"slow down","code":429}\n\n');
    expect(decode(decoder(), [bytes]).thrown).toMatchObject({ code: 'rate_limited' });
  });

  test('a chunk of broken JSON is one, for a part of the reply is lost with it', () => {
    const { thrown } = read([delta({ content: 'a' }), '{"choices":[', '[DONE]']);
    expect(thrown?.message).toBe('OpenAI sent a reply that cannot be read: a chunk of its stream is broken JSON.');
  });

  test('an event by the name of an error is one, though it says only a word', () => {
    const bytes = new TextEncoder().encode('event: error\ndata: Overloaded\n\n');
    expect(decode(decoder(), [bytes]).thrown).toMatchObject({ code: 'provider_error' });
  });
});

describe('frames without content', () => {
  const junk = ['null', ': keepalive', 'ping', '""', 'true', '[]', '[PROCESSING]', '[1]', '7', '{}', '{"type":"ping"}'];

  test('are skipped at every cut of the stream', () => {
    const chunks = [delta({ content: 'a' }), ...junk, delta({ content: 'b' }, 'stop'), '[DONE]'];
    for (const pieces of everyCut(sse(chunks))) {
      expect(decode(decoder(), pieces)).toEqual({
        events: [start, { type: 'text', text: 'a' }, { type: 'text', text: 'b' }, finish('stop')],
        thrown: undefined,
      });
    }
  });
});

describe('a stream that is only metered', () => {
  const meter = () =>
    new OpenAiStreamDecoder({ vendor: { name: 'OpenAI', apiKey: 'k' }, requiresDone: true, skipsUnreadable: true });

  test('is read on after a chunk of broken JSON', () => {
    const bytes = sse([delta({ content: 'a' }), '{"choices":[', delta({ content: 'b' }, 'stop'), '[DONE]']);
    expect(decode(meter(), [bytes]).events).toEqual([
      start,
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
      finish('stop'),
    ]);
  });

  test('throws the error that the provider sent', () => {
    const bytes = sse([delta({ content: 'a' }), 'null', { error: { message: 'slow down', code: 429 } }]);
    expect(decode(meter(), [bytes]).thrown).toMatchObject({ code: 'rate_limited' });
  });
});
