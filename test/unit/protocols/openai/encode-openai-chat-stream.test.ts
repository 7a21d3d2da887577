import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { FinishReason, TokenUsage } from '../../../../src/domain/response.ts';
import type { ChatStreamEvent } from '../../../../src/gateway/chat-stream-event.ts';
import { OpenAiChatStreamEncoder } from '../../../../src/protocols/openai/encode-openai-chat-stream.ts';
import type { ChatChunk, ChatDelta, ChatFinishReason } from '../../../../src/protocols/openai/openai-chat-api-types.ts';
import { clientStreamed, request } from './sdk-client.ts';

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'claude-x' };
const text = (words: string): ChatStreamEvent => ({ type: 'text', text: words });
const toolCall = (index: number): ChatStreamEvent => ({
  type: 'tool_call',
  index,
  id: `id_${index}`,
  name: `tool_${index}`,
});
const toolArguments = (index: number, json: string): ChatStreamEvent => ({ type: 'tool_arguments', index, json });
const done = (finishReason: FinishReason = 'stop', usage: TokenUsage = {}): ChatStreamEvent => ({
  type: 'done',
  result: { finishReason, usage, costNanoUsd: null },
});

interface Options {
  readonly includeUsage?: boolean;
  readonly legacyFunctions?: boolean;
}

function written(
  events: readonly ChatStreamEvent[],
  { includeUsage = false, legacyFunctions = false }: Options = {},
): string[] {
  const chunks = new OpenAiChatStreamEncoder({ ...head, includeUsage, legacyFunctions });
  return [chunks.start(), ...events.map((event) => chunks.encode(event))];
}

/** The chunks of a stream as JSON; what is no chunk as it stands. */
function chunksOf(texts: readonly string[]) {
  const events = texts.join('').split('\n\n').slice(0, -1);
  return events.map((event) => {
    expect(event.startsWith('data: ')).toBe(true);
    const data = event.slice('data: '.length);
    return data === '[DONE]' ? data : JSON.parse(data);
  });
}

const deltasOf = (texts: readonly string[]) => chunksOf(texts).map((chunk) => chunk.choices?.[0]?.delta ?? chunk);

/** Compiles only if the chunks have the type of the official client, except unknown counts. */
const asOfficial = (chunk: Omit<ChatChunk, 'usage'>): Omit<OpenAI.ChatCompletionChunk, 'usage'> => chunk;

/** Returns the completion that the official client assembles from a stream. */
const finalOf = (texts: readonly string[]) =>
  clientStreamed(texts).chat.completions.stream(request).finalChatCompletion();

test('a text stream has the format of OpenAI', () => {
  const chunk = (delta: ChatDelta, finish_reason: ChatFinishReason | null = null) =>
    asOfficial({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    });
  const usage = { input: 3, output: 2 };
  const events: ChatStreamEvent[] = [
    { type: 'start', reportedModel: 'x' },
    text('a'),
    text(''),
    text('b'),
    { type: 'usage', usage },
  ];
  expect(chunksOf(written([...events, done('stop', usage)]))).toEqual([
    chunk({ role: 'assistant', content: '', refusal: null }),
    chunk({ content: 'a' }),
    chunk({ content: 'b' }),
    chunk({}, 'stop'),
    '[DONE]',
  ]);
});

test('the official client reads chunk by chunk', async () => {
  const contents: unknown[] = [];
  const stream = await clientStreamed(written([text('a'), done()])).chat.completions.create({
    ...request,
    stream: true,
  });
  for await (const { choices } of stream) contents.push(choices[0]?.delta.content);
  expect(contents).toEqual(['', 'a', undefined]);
});

describe('usage', () => {
  const usage = { input: 10, output: 5, cacheRead: 4, reasoning: 3 };

  test('is in a separate chunk if it is requested, and null in the others', () => {
    const chunks = chunksOf(written([text('a'), done('length', usage)], { includeUsage: true }));
    expect(chunks.slice(0, 3).map((chunk) => chunk.usage)).toEqual([null, null, null]);
    expect(chunks.slice(3)).toEqual([
      {
        ...head,
        object: 'chat.completion.chunk',
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 15,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 3 },
        },
      },
      '[DONE]',
    ]);
  });

  test('is read by the official client', async () => {
    const completion = await finalOf(written([text('a'), done('length', usage)], { includeUsage: true }));
    expect(completion.usage?.total_tokens).toBe(15);
    expect(completion.choices[0]?.finish_reason).toBe('length');
  });

  test('is omitted if it is unknown', () => {
    expect(chunksOf(written([done()], { includeUsage: true }))).toHaveLength(3);
  });

  test('is absent if it is not requested', () => {
    expect(written([text('a'), done('stop', usage)]).join('')).not.toContain('usage');
  });
});

describe('tool calls', () => {
  const interleaved = [
    toolCall(0),
    toolArguments(0, '{"a":'),
    toolCall(1),
    toolArguments(1, '{"b"'),
    toolArguments(0, '1}'),
    toolArguments(1, ''),
    toolArguments(1, ':2}'),
    done('tool_calls'),
  ];

  test('are started once and then referenced by their index', () => {
    expect(deltasOf(written(interleaved)).slice(1, -2)).toEqual([
      { tool_calls: [{ index: 0, id: 'id_0', type: 'function', function: { name: 'tool_0', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] },
      { tool_calls: [{ index: 1, id: 'id_1', type: 'function', function: { name: 'tool_1', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{"b"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
      { tool_calls: [{ index: 1, function: { arguments: ':2}' } }] },
    ]);
  });

  test('that interleave are assembled by the official client', async () => {
    const { choices } = await finalOf(written(interleaved));
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    expect(choices[0]?.message.tool_calls).toMatchObject([
      { id: 'id_0', type: 'function', function: { name: 'tool_0', arguments: '{"a":1}' } },
      { id: 'id_1', type: 'function', function: { name: 'tool_1', arguments: '{"b":2}' } },
    ]);
  });

  test('become one function call for a client that sends functions', async () => {
    const texts = written(interleaved, { legacyFunctions: true });
    expect(deltasOf(texts).slice(1, -2)).toEqual([
      { function_call: { name: 'tool_0', arguments: '' } },
      { function_call: { arguments: '{"a":' } },
      { function_call: { arguments: '1}' } },
    ]);
    const { choices } = await finalOf(texts);
    expect(choices[0]).toMatchObject({
      message: { function_call: { name: 'tool_0', arguments: '{"a":1}' } },
      finish_reason: 'function_call',
    });
  });
});

test('reasoning has a separate field, without its signature', () => {
  const events: ChatStreamEvent[] = [
    { type: 'reasoning', text: 'hm' },
    { type: 'reasoning', text: '', signature: 'sig' },
    text('a'),
  ];
  expect(deltasOf(written(events)).slice(1)).toEqual([{ reasoning_content: 'hm' }, { content: 'a' }]);
});

describe('a refusal', () => {
  test('with text ends in stop', async () => {
    const words: ChatStreamEvent[] = [
      { type: 'refusal', text: 'I will ' },
      { type: 'refusal', text: 'not' },
    ];
    const { choices } = await finalOf(written([...words, done('content_filter')]));
    expect(choices[0]).toMatchObject({ message: { refusal: 'I will not' }, finish_reason: 'stop' });
  });

  test('without text ends in content_filter', () => {
    const chunks = chunksOf(written([text('a'), { type: 'refusal', text: '' }, done('content_filter')]));
    expect(chunks[2].choices[0].finish_reason).toBe('content_filter');
  });
});

test('every event is one line even for parsers with more line breaks than SSE', async () => {
  const words = 'a\u2028b\u2029c\u0085d\u000be\u001cf\u007fg\r\n\nh';
  const texts = written([text(words), done()]);
  for (const written of texts) expect(written).toMatch(/^(?:data: [\x20-\x7e]+\n\n)+$/);
  expect((await finalOf(texts)).choices[0]?.message.content).toBe(words);
});

describe('a stream that fails', () => {
  const error = new GatewayError('provider_error', 'Claude cut the stream off before its end.');
  const failed = (events: readonly ChatStreamEvent[]) => {
    const chunks = new OpenAiChatStreamEncoder({ ...head, includeUsage: true });
    return [chunks.start(), ...events.map((event) => chunks.encode(event)), chunks.fail(error)];
  };

  test('ends in one error and nothing else', () => {
    const chunks = chunksOf(failed([text('a')]));
    expect(chunks).toHaveLength(3);
    expect(chunks[2]).toEqual({
      error: { message: error.message, type: 'server_error', param: null, code: 'provider_error' },
    });
    expect(failed([text('a')]).join('')).not.toContain('[DONE]');
  });

  test.each<[string, ChatStreamEvent[]]>([
    ['at once', []],
    ['in its text', [text('a'), text('b')]],
    ['in a tool call', [toolCall(0), toolArguments(0, '{"a')]],
  ])('%s is an error of the official client, however it is read', async (_, events) => {
    const texts = failed(events);
    const raised = { code: 'provider_error', type: 'server_error', message: error.message };
    const stream = await clientStreamed(texts).chat.completions.create({ ...request, stream: true });
    const read: unknown[] = [];
    const reading = (async () => {
      for await (const chunk of stream) read.push(chunk);
    })();
    await expect(reading).rejects.toThrow(OpenAI.APIError);
    await expect(reading).rejects.toMatchObject(raised);
    expect(read).toHaveLength(1 + events.length);
    await expect(finalOf(texts)).rejects.toMatchObject(raised);
  });

  test('is incomplete even if its error is lost', async () => {
    await expect(finalOf(failed([text('a')]).slice(0, -1))).rejects.toThrow(/finish_reason/);
  });
});
