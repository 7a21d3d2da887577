import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ChatRequest, Message } from '../../../../src/domain/request.ts';
import type { StreamEvent } from '../../../../src/domain/response.ts';
import { createStubProvider } from '../../../../src/providers/stub/stub-provider.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { collect } from '../decode-stream.ts';

/** The client is loaded with the first request, which takes its time where each module is a file. */
beforeAll(() => import('openai'), 60_000);

const provider = createStubProvider(providerOptions(getDescriptor('stub')));
const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const call = (text: string, changes: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'stub',
  messages: [user(text)],
  ...changes,
});
const live = () => new AbortController().signal;

async function complete(sent: ChatRequest) {
  const response = await provider.send(sent, { stream: false, signal: live() });
  return provider.decodeResponse(await response.text());
}

/** The events of a stream, those of each read together. */
async function stream(sent: ChatRequest, signal = live()): Promise<StreamEvent[][]> {
  const response = await provider.send(sent, { stream: true, signal });
  const decoder = provider.createDecoder();
  const reads: StreamEvent[][] = [];
  for await (const bytes of response.body ?? []) {
    const events: StreamEvent[] = [];
    decoder.push(bytes, events);
    reads.push(events);
  }
  decoder.end([]);
  return reads;
}

const textsOf = (events: StreamEvent[]) => events.flatMap((event) => (event.type === 'text' ? [event.text] : []));

describe('a reply', () => {
  test('names Stub and repeats the prompt', async () => {
    expect(await complete(call('Привет, мир 👋🏽!'))).toEqual({
      content: [{ type: 'text', text: 'Stub reply to: Привет, мир 👋🏽!' }],
      finishReason: 'stop',
      usage: { input: 3, output: 6 },
      reportedModel: 'stub',
    });
  });

  test('is the same when it is streamed in several reads, with the same counts', async () => {
    const reads = await stream(call('Привет, мир 👋🏽!'));
    expect(reads.map(textsOf).filter((texts) => texts.length > 0)).toEqual([
      ['Stub '],
      ['reply '],
      ['to: '],
      ['Привет, '],
      ['мир '],
      ['👋🏽!'],
    ]);
    expect(reads.flat().filter(({ type }) => type !== 'text')).toEqual([
      { type: 'start', reportedModel: 'stub' },
      { type: 'usage', usage: { input: 3, output: 6 } },
      { type: 'finish', finishReason: 'stop' },
    ]);
  });

  test('repeats the tool results since the last user message, and all of them count', async () => {
    const messages: Message[] = [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      user('one two three'),
      { role: 'assistant', content: [{ type: 'text', text: 'four' }] },
      user('five'),
      { role: 'tool', toolCallId: 'a', content: [{ type: 'text', text: 'six' }] },
    ];
    const { content, usage } = await complete({ model: 'stub', messages });
    expect(content).toEqual([{ type: 'text', text: 'Stub reply to: six' }]);
    expect(usage).toEqual({ input: 8, output: 4 });
  });

  test('keeps white space, and cuts a long word between characters', async () => {
    const text = `a\n\n  b ${'😀'.repeat(20)}\t`;
    const { content, usage } = await complete(call(text));
    expect(content).toEqual([{ type: 'text', text: `Stub reply to: ${text}` }]);
    expect(usage).toEqual({ input: 4, output: 7 });
    const texts = (await stream(call(text))).flatMap(textsOf);
    expect(texts).toEqual(['Stub ', 'reply ', 'to: ', 'a\n\n  ', 'b ', '😀'.repeat(16), `${'😀'.repeat(4)}\t`]);
  });

  test('to an empty prompt says so', async () => {
    const image: Message = {
      role: 'user',
      content: [{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }],
    };
    for (const sent of [call(' '), { model: 'stub', messages: [image] }]) {
      expect((await complete(sent)).content).toEqual([{ type: 'text', text: 'Stub reply to: (nothing)' }]);
    }
  });

  test('is fast for many spaces', async () => {
    expect((await complete(call(' '.repeat(1_000_000)))).usage).toEqual({ input: 0, output: 4 });
  });
});

test('a request with every field is accepted, and sampling does not change the reply', async () => {
  const sent = call('[[tool:f]] [[tool:f]]', {
    temperature: 2,
    topP: 0.1,
    topK: 1,
    seed: 7,
    frequencyPenalty: 1,
    presencePenalty: -1,
    userId: 'ann@example.com',
    reasoningEffort: 'low',
    tools: [{ name: 'f', parameters: { type: 'object', properties: { x: { const: 1 } }, required: ['x'] } }],
    toolChoice: 'required',
    parallelToolCalls: false,
    responseFormat: { type: 'json_object' },
  });
  const toolCall = { id: 'call_stub_1', name: 'f', argumentsJson: '{"x":1}' };
  expect(await complete(sent)).toMatchObject({
    content: [{ type: 'tool_call', ...toolCall }],
    finishReason: 'tool_calls',
  });
  const events = (await stream(sent)).flat();
  expect(collect(events)).toMatchObject({
    toolCalls: [toolCall],
    last: { type: 'finish', finishReason: 'tool_calls' },
  });
});

test('a refusal is decoded as a refusal', async () => {
  expect(await complete(call('[[refuse]]'))).toMatchObject({
    content: [],
    refusal: 'Stub refuses, as it was told to.',
    finishReason: 'content_filter',
  });
});

describe('a limit on a reply', () => {
  test.each([
    [{ maxTokens: 2 }, 'Stub reply ', 'length', 2],
    [{ maxTokens: 5 }, 'Stub reply to: one two', 'stop', 5],
    [{ stop: ['two', 'one t'] }, 'Stub reply to: ', 'stop', 3],
    [{ stop: ['absent'] }, 'Stub reply to: one two', 'stop', 5],
    [{ stop: ['Stub'] }, '', 'stop', 0],
    [{ stop: ['two'], maxTokens: 4 }, 'Stub reply to: one ', 'stop', 4],
    [{ stop: ['two'], maxTokens: 1 }, 'Stub ', 'length', 1],
  ])('%j gives %j, finished by %s', async (bounds, text, finishReason, output) => {
    const sent = call('one two', bounds);
    const whole = await complete(sent);
    expect(whole).toMatchObject({ finishReason, usage: { input: 2, output } });
    expect(whole.content).toEqual(text === '' ? [] : [{ type: 'text', text }]);
    const events = (await stream(sent)).flat();
    expect(textsOf(events).join('')).toBe(text);
    expect(events.slice(-2)).toEqual([
      { type: 'usage', usage: { input: 2, output } },
      { type: 'finish', finishReason },
    ]);
  });
});

describe('models that fail on purpose', () => {
  test('stub-error fails before any output', async () => {
    for (const sending of [complete, stream]) {
      await expect(sending(call('Hi', { model: 'stub-error' }))).rejects.toMatchObject({
        code: 'provider_error',
        message: 'Stub failed (status 500).',
      });
    }
  });

  test('stub-cut breaks off in the middle of a stream', async () => {
    const response = await provider.send(call('Hi', { model: 'stub-cut' }), { stream: true, signal: live() });
    const decoder = provider.createDecoder();
    const events: StreamEvent[] = [];
    decoder.push(new Uint8Array(await response.arrayBuffer()), events);
    expect(textsOf(events)).toEqual(['Stub ', 'reply ']);
    expect(() => decoder.end(events)).toThrow('Stub cut the stream off before its end.');
  });

  test('stub-cut breaks off in the middle of a whole reply', async () => {
    await expect(complete(call('Hi', { model: 'stub-cut' }))).rejects.toThrow('it is not JSON');
  });

  test('stub-429 says when to try again', async () => {
    for (const sending of [complete, stream]) {
      const error = { code: 'rate_limited', origin: 'provider', retryAfterSeconds: 2, retryable: true };
      await expect(sending(call('Hi', { model: 'stub-429' }))).rejects.toMatchObject(error);
    }
  });

  test('stub-overloaded fails with status 529', async () => {
    for (const sending of [complete, stream]) {
      await expect(sending(call('Hi', { model: 'stub-overloaded' }))).rejects.toMatchObject({
        code: 'provider_error',
        retryable: true,
        report: { upstreamStatus: 529 },
      });
    }
  });

  test('stub-empty sends a reply without content', async () => {
    const empty = call('Hi', { model: 'stub-empty' });
    const usage = { input: 1, output: 0 };
    expect(await complete(empty)).toMatchObject({ content: [], finishReason: 'stop', usage });
    expect((await stream(empty)).flat()).toMatchObject([
      { type: 'start', reportedModel: 'stub-empty' },
      { type: 'usage', usage },
      { type: 'finish', finishReason: 'stop' },
    ]);
  });

  test('stub-late-error sends an error under status 200, in a stream behind the first event', async () => {
    const late = call('Hi', { model: 'stub-late-error' });
    await expect(complete(late)).rejects.toMatchObject({ code: 'provider_error', origin: 'provider' });
    const response = await provider.send(late, { stream: true, signal: live() });
    const text = await response.text();
    expect([response.status, text.split('\n\n').filter(Boolean)]).toEqual([
      200,
      [
        expect.stringContaining('"delta":{"role":"assistant","content":""}'),
        'data: {"error":{"message":"stub-late-error fails on purpose.","type":"server_error","param":null,"code":null}}',
      ],
    ]);
  });

  test('a model of another provider is answered like stub', async () => {
    const { content } = await complete(call('Hi', { model: 'gpt-4o-mini' }));
    expect(content).toEqual((await complete(call('Hi', { model: 'stub' }))).content);
  });

  test('a model that only looks like one of Stub’s is not found', async () => {
    await expect(complete(call('Hi', { model: 'stub-other' }))).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('stub, stub-error, stub-slow, stub-cut, stub-429'),
    });
  });
});

describe('stub-slow', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());
  const slow = call('Hi', { model: 'stub-slow' });

  test('takes 2 s to begin and 200 ms for each chunk', async () => {
    const startedAt = Date.now();
    const sending = provider.send(slow, { stream: true, signal: live() });
    await vi.advanceTimersByTimeAsync(2000);
    const reader = (await sending).body?.getReader();
    const readTimesMs: number[] = [];
    for (;;) {
      const reading = reader?.read().then((read) => {
        readTimesMs.push(Date.now() - startedAt);
        return read;
      });
      await vi.advanceTimersByTimeAsync(200);
      if ((await reading)?.done) break;
    }
    expect(readTimesMs.slice(0, 4)).toEqual([2000, 2400, 2600, 2800]);
  });

  test('stops waiting on abort, before the reply and within it', async () => {
    const before = new AbortController();
    const sending = provider.send(slow, { stream: false, signal: before.signal });
    const during = new AbortController();
    const streaming = provider.send(slow, { stream: true, signal: during.signal });
    await vi.advanceTimersByTimeAsync(1000);
    before.abort(new Error('gone'));
    await expect(sending).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(1000);
    const reader = (await streaming).body?.getReader();
    await reader?.read();
    const reading = reader?.read();
    during.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a field that Stub does not support is rejected by its name', () => {
  const forward = (path: string, body: string) => provider.forward?.({ path, body }, { stream: false, signal: live() });

  test.each([
    ['/responses', '{}', 'Stub has no /v1/responses.'],
    ['/chat/completions', 'nonsense', 'The body is not what Stub can read.'],
    ['/chat/completions', '{"model":"stub"}', 'messages is not what Stub can read.'],
    ...[
      { role: 'robot', content: 'a' },
      { role: 'user', content: 5 },
      { role: 'user', content: [{ type: 'image_url', image_url: 'https://example.com/a.png' }] },
      { role: 'user', content: [{ type: 'text' }] },
      { role: 'user', content: [{ text: 'a' }] },
      { role: 'user', content: [{ type: 'picture' }] },
    ].map((message): [string, string, string] => [
      '/chat/completions',
      JSON.stringify({ model: 'stub', messages: [message] }),
      `messages.0.${message.role === 'robot' ? 'role' : 'content'} is not what Stub can read.`,
    ]),
    ['/chat/completions', '{"model":"stub","messages":[]}', 'messages is empty.'],
    ['/chat/completions', '{"model":"stub","messages":[],"n":2}', 'n is not what Stub can read.'],
    ['/chat/completions', '{"model":"stub","messages":[],"logprobs":true}', 'logprobs is not what Stub can read.'],
    [
      '/chat/completions',
      '{"model":"stub","messages":[],"functions":[{}]}',
      'functions.0.name is not what Stub can read.',
    ],
    ['/chat/completions', '{"model":"stub","messages":[],"audio":{}}', 'audio is not what Stub can read.'],
  ])('%s with %s', async (path, body, message) => {
    await expect(forward(path, body)).rejects.toMatchObject({ code: 'invalid_request', message: `Stub: ${message}` });
  });

  test('parameters that are null are ignored, and one stop sequence needs no list', async () => {
    const body = { model: 'stub', messages: [{ role: 'user', content: 'a z' }], tools: null, n: 1, stop: 'z' };
    const response = await forward('/chat/completions', JSON.stringify(body));
    expect(await response?.json()).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Stub reply to: a ' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    });
  });

  test('a stream has the token counts only if they are requested', async () => {
    const body = { model: 'stub', messages: [{ role: 'user', content: 'a' }], stream: true };
    const without = await (await forward('/chat/completions', JSON.stringify(body)))?.text();
    expect(without).not.toContain('usage');
    expect(without?.endsWith('data: [DONE]\n\n')).toBe(true);
  });
});
