import { describe, expect, test } from 'vitest';
import type { ChatRequest, Message } from '../../../../src/domain/request.ts';
import { encodeOpenAiChatRequest } from '../../../../src/providers/openai/encode-openai-chat-request.ts';
import { acme, getDescriptor } from '../../../support/provider-options.ts';

const hello: Message = { role: 'user', content: [{ type: 'text', text: 'Hello' }] };
const call: ChatRequest = { model: 'gpt-4o-mini', messages: [hello] };
const openAi = getDescriptor('openai');
/** As it stands on the wire, where what is undefined is left out. */
const request = (changes: Partial<ChatRequest>, descriptor = openAi, stream = false) =>
  JSON.parse(JSON.stringify(encodeOpenAiChatRequest({ ...call, ...changes }, descriptor, stream)));
const message = (sent: Message) => request({ messages: [sent] }).messages[0];

test('a minimal request is encoded without further fields', () => {
  expect(request({})).toEqual({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] });
});

test('a request with every field keeps every field', () => {
  const sent = request({
    maxTokens: 64,
    temperature: 0,
    topP: 0.5,
    stop: ['END'],
    tools: [{ name: 'f', description: 'does f', parameters: { type: 'object' }, strict: true }],
    toolChoice: { name: 'f' },
    parallelToolCalls: false,
    responseFormat: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true },
    seed: 0,
    frequencyPenalty: -0.5,
    presencePenalty: 1,
    userId: 'user-7',
  });
  expect(sent).toEqual({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'Hello' }],
    max_tokens: 64,
    temperature: 0,
    top_p: 0.5,
    stop: ['END'],
    tools: [
      {
        type: 'function',
        function: { name: 'f', description: 'does f', parameters: { type: 'object' }, strict: true },
      },
    ],
    tool_choice: { type: 'function', function: { name: 'f' } },
    parallel_tool_calls: false,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
    },
    seed: 0,
    frequency_penalty: -0.5,
    presence_penalty: 1,
    safety_identifier: 'user-7',
  });
});

test.each<[string, ChatRequest['reasoningEffort'], string | undefined]>([
  ['gpt-5', 'none', 'minimal'],
  ['gpt-5', 'max', 'high'],
  ['gpt-5.1-2025-11-13', 'xhigh', 'high'],
  ['gpt-5.1', 'none', 'none'],
  ['gpt-5.2', 'xhigh', 'xhigh'],
  ['o3', 'minimal', 'low'],
  ['gpt-4o-mini', 'low', undefined],
  ['gpt-9', 'max', 'max'],
])('clamps the effort for %s from %s to %s', (model, reasoningEffort, effort) => {
  expect(request({ model, reasoningEffort }).reasoning_effort).toBe(effort);
});

test('passes any effort to a provider with unknown models', () => {
  expect(request({ reasoningEffort: 'xhigh' }, acme).reasoning_effort).toBe('xhigh');
});

test('a compatible provider gets the user id in the former field of OpenAI', () => {
  const sent = request({ userId: 'user-7' }, acme);
  expect(sent).toMatchObject({ user: 'user-7' });
  expect(sent).not.toHaveProperty('safety_identifier');
});

test('json_object and a string tool choice are sent unchanged', () => {
  const tools = [{ name: 'f', parameters: {} }];
  expect(request({ tools, responseFormat: { type: 'json_object' }, toolChoice: 'required' })).toMatchObject({
    response_format: { type: 'json_object' },
    tool_choice: 'required',
  });
});

test('omits empty lists, which OpenAI rejects', () => {
  expect(Object.keys(request({ stop: [], tools: [] }))).toEqual(['model', 'messages']);
});

test('omits the tool fields without tools, because OpenAI rejects them', () => {
  for (const toolChoice of ['auto', 'none'] as const) {
    expect(Object.keys(request({ tools: [], toolChoice, parallelToolCalls: false }))).toEqual(['model', 'messages']);
  }
});

describe('a field that the protocol does not support is rejected by its name', () => {
  test.each<[string, Partial<ChatRequest>]>([
    ['top_k', { topK: 40 }],
    ['tool_choice', { toolChoice: 'required' }],
    ['tool_choice', { toolChoice: { name: 'f' }, tools: [] }],
  ])('%s in %j', (name, changes) => {
    for (const descriptor of [openAi, acme]) {
      expect(() => request(changes, descriptor)).toThrow(
        expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(new RegExp(`^${name}: `)) }),
      );
    }
  });

  test('a fifth stop sequence is rejected for OpenAI only', () => {
    const stop = ['a', 'b', 'c', 'd', 'e'];
    expect(request({ stop: stop.slice(1) }).stop).toHaveLength(4);
    expect(() => request({ stop })).toThrow('stop: can hold at most 4 sequences for OpenAI.');
    expect(request({ stop }, acme).stop).toEqual(stop);
  });
});

describe('the token limit', () => {
  test.each([
    ['o1', 'max_completion_tokens'],
    ['o3-mini', 'max_completion_tokens'],
    ['o4-mini-2025-04-16', 'max_completion_tokens'],
    ['gpt-5', 'max_completion_tokens'],
    ['gpt-5.1-mini', 'max_completion_tokens'],
    ['gpt-5-nano', 'max_completion_tokens'],
    ['gpt-10', 'max_completion_tokens'],
    ['ft:o4-mini:acme::id', 'max_completion_tokens'],
    ['ft:gpt-4o-mini:acme::id', 'max_tokens'],
    ['gpt-4o', 'max_tokens'],
    ['gpt-4.1', 'max_tokens'],
    ['gpt-3.5-turbo', 'max_tokens'],
    ['gpt-35-turbo', 'max_tokens'],
    ['chatgpt-4o-latest', 'max_tokens'],
    ['omni', 'max_tokens'],
  ])('of %s is %s', (model, field) => {
    expect(request({ model, maxTokens: 9 })).toMatchObject({ [field]: 9 });
    expect(Object.keys(request({ model, maxTokens: 9 }))).toHaveLength(3);
  });

  test('of a compatible provider is max_tokens for any model name', () => {
    expect(request({ model: 'gpt-5', maxTokens: 9 }, acme)).toMatchObject({ max_tokens: 9 });
  });
});

describe('a stream', () => {
  test('requests the token counts', () => {
    expect(request({}, openAi, true)).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  test('does not request them from a provider that rejects the parameter', () => {
    const sent = request({}, { ...acme, quirks: { includeUsage: false } }, true);
    expect(sent.stream).toBe(true);
    expect(sent).not.toHaveProperty('stream_options');
  });
});

describe('messages', () => {
  test('text alone is a plain string', () => {
    const content = [
      { type: 'text' as const, text: 'Ты ' },
      { type: 'text' as const, text: 'тут?' },
    ];
    expect(message({ role: 'system', content })).toEqual({ role: 'system', content: 'Ты тут?' });
    expect(message({ role: 'user', content })).toEqual({ role: 'user', content: 'Ты тут?' });
    expect(message({ role: 'tool', toolCallId: 'a', content })).toEqual({
      role: 'tool',
      tool_call_id: 'a',
      content: 'Ты тут?',
    });
  });

  test('images are sent by their URL or as a data URL', () => {
    const sent = message({
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'iVBO' } },
      ],
    });
    expect(sent.content).toEqual([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } },
    ]);
  });

  test('an assistant message has its text and tool calls, without its reasoning', () => {
    const sent = message({
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hmm', signature: 's' },
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_call', id: 'a', name: 'f', argumentsJson: '{ "x": 1 }' },
      ],
    });
    expect(sent).toEqual({
      role: 'assistant',
      content: 'Let me look.',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{ "x": 1 }' } }],
    });
  });

  test('an assistant message with tool calls alone has null content, and an empty one has empty content', () => {
    const called = message({
      role: 'assistant',
      content: [{ type: 'tool_call', id: 'a', name: 'f', argumentsJson: '{}' }],
    });
    expect(called.content).toBeNull();
    expect(message({ role: 'assistant', content: [] })).toEqual({ role: 'assistant', content: '' });
  });

  test('an image in a tool result is rejected with its path', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } } as const;
    const messages: Message[] = [hello, { role: 'tool', toolCallId: 'a', content: [image] }];
    expect(() => request({ messages })).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('messages[1].content') }),
    );
  });
});
