import { describe, expect, test } from 'vitest';
import type { ChatRequest, Message } from '../../../../src/domain/request.ts';
import { encodeOllamaChatRequest } from '../../../../src/providers/ollama/encode-ollama-chat-request.ts';

const call: ChatRequest = { model: 'llama3.2', messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] };
const tool = { name: 'look', description: 'Looks.', parameters: { type: 'object' }, strict: true };
const base = { model: 'llama3.2', messages: [{ role: 'user', content: 'Hi' }], stream: false };

/** The body as the vendor sees it. */
function sent(changes: Partial<ChatRequest> = {}, stream = false): unknown {
  return JSON.parse(JSON.stringify(encodeOllamaChatRequest({ ...call, ...changes }, 'Ollama', stream)));
}

test('a plain call sends the model, the messages, and always whether to stream', () => {
  expect(sent()).toEqual(base);
  expect(sent({}, true)).toEqual({ ...base, stream: true });
});

test('bounds and sampling are options', () => {
  expect(sent({ maxTokens: 5, temperature: 0, topP: 0.5, stop: ['END'] })).toEqual({
    ...base,
    options: { num_predict: 5, temperature: 0, top_p: 0.5, stop: ['END'] },
  });
  expect(sent({ stop: [] })).toEqual(base);
  expect(sent({ topK: 40, seed: 0, frequencyPenalty: -1, presencePenalty: 0.5 })).toEqual({
    ...base,
    options: { top_k: 40, seed: 0, frequency_penalty: -1, presence_penalty: 0.5 },
  });
});

test('the user’s id, for which there is no field, stays behind', () => {
  expect(sent({ userId: 'user-7' })).toEqual(base);
});

describe('messages', () => {
  const messagesOf = (messages: Message[]) => (sent({ messages }) as { messages: unknown }).messages;

  test('keep their roles, system among them, with their text joined', () => {
    expect(
      messagesOf([
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: 'c' }] },
      ]),
    ).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'ab' },
      { role: 'assistant', content: 'c' },
    ]);
  });

  test('carry images by value', () => {
    const image = { type: 'image' as const, source: { type: 'base64' as const, mediaType: 'image/png', data: 'AAAA' } };
    expect(messagesOf([{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }])).toEqual([
      { role: 'user', content: 'What is it?', images: ['AAAA'] },
    ]);
  });

  test('carry reasoning, tool calls with their arguments as objects, and results with the name of their tool', () => {
    const look = (id: string, name: string, argumentsJson: string) => ({
      type: 'tool_call' as const,
      id,
      name,
      argumentsJson,
    });
    expect(
      messagesOf([
        {
          role: 'assistant',
          content: [{ type: 'reasoning', text: 'Hm.' }, look('call_0', 'look', '{"at":1}'), look('call_1', 'wait', '')],
        },
        { role: 'tool', toolCallId: 'call_1', content: [{ type: 'text', text: 'done' }] },
        { role: 'tool', toolCallId: 'call_9', content: [] },
      ]),
    ).toEqual([
      {
        role: 'assistant',
        content: '',
        thinking: 'Hm.',
        tool_calls: [
          { function: { name: 'look', arguments: { at: 1 } } },
          { function: { name: 'wait', arguments: {} } },
        ],
      },
      { role: 'tool', content: 'done', tool_name: 'wait' },
      { role: 'tool', content: '' },
    ]);
  });

  test('an id that comes again stands for the later call', () => {
    const turn = (name: string): Message[] => [
      { role: 'assistant', content: [{ type: 'tool_call', id: 'call_0', name, argumentsJson: '{}' }] },
      { role: 'tool', toolCallId: 'call_0', content: [] },
    ];
    expect(messagesOf([...turn('look'), ...turn('wait')])).toMatchObject([
      {},
      { tool_name: 'look' },
      {},
      { tool_name: 'wait' },
    ]);
  });
});

describe('tools', () => {
  const tools = [
    { type: 'function', function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } } },
  ];

  test('are sent unless none may be called', () => {
    expect(sent({ tools: [tool] })).toEqual({ ...base, tools });
    expect(sent({ tools: [tool], toolChoice: 'auto', parallelToolCalls: true })).toEqual({ ...base, tools });
    expect(sent({ tools: [tool], toolChoice: 'none' })).toEqual(base);
    expect(sent({ tools: [] })).toEqual(base);
    expect(sent({ tools: [], toolChoice: 'auto', parallelToolCalls: false })).toEqual(base);
  });
});

test('JSON is asked for as such, or by its schema', () => {
  const schema = { type: 'object', properties: {} };
  expect(sent({ responseFormat: { type: 'json_object' } })).toEqual({ ...base, format: 'json' });
  expect(sent({ responseFormat: { type: 'json_object' }, tools: [tool], toolChoice: 'none' })).toEqual({
    ...base,
    format: 'json',
  });
  expect(sent({ responseFormat: { type: 'json_schema', name: 'answer', schema } })).toEqual({
    ...base,
    format: schema,
  });
});

test.each<[string, ChatRequest['reasoningEffort'], unknown]>([
  ['qwen3', 'none', false],
  ['qwen3', 'minimal', false],
  ['gpt-oss', 'none', 'low'],
  ['gpt-oss', 'max', 'high'],
  ['qwen3', 'low', true],
  ['qwen3:8b', 'high', true],
  ['gpt-oss:20b', 'minimal', 'low'],
  ['gpt-oss', 'medium', 'medium'],
  ['somebody/gpt-oss:120b', 'high', 'high'],
])('%s with effort %s thinks %s', (model, reasoningEffort, think) => {
  expect(sent({ model, reasoningEffort })).toEqual({ ...base, model, think });
});

test.each(['{"a": tru', '[1]', '"a"'])('sends the arguments %s as the text that the model wrote', (argumentsJson) => {
  const broken: Message = { role: 'assistant', content: [{ type: 'tool_call', id: 'a', name: 'b', argumentsJson }] };
  expect(sent({ messages: [...call.messages, broken] })).toMatchObject({
    messages: [{}, { tool_calls: [{ function: { arguments: { INVALID_JSON: argumentsJson } } }] }],
  });
});

describe('a field that Ollama does not support is rejected by its name', () => {
  const url = { type: 'image' as const, source: { type: 'url' as const, url: 'https://example.com/a.png' } };

  test.each<[string, Partial<ChatRequest>, RegExp]>([
    ['a call that must be made', { tools: [tool], toolChoice: 'required' }, /^tool_choice: can only be auto or none/],
    ['a call by name', { tools: [tool], toolChoice: { name: 'look' } }, /^tool_choice: can only be auto or none/],
    ['a call of no tool', { toolChoice: 'required' }, /^tool_choice: .* tools is empty/],
    [
      'tools beside JSON',
      { tools: [tool], responseFormat: { type: 'json_object' } },
      /^response_format: cannot be combined with tools/,
    ],
    ['one call at a time', { tools: [tool], parallelToolCalls: false }, /^parallel_tool_calls/],
    ['an image by URL', { messages: [...call.messages, { role: 'user', content: [url] }] }, /^messages\[1\]: .*base64/],
  ])('%s', (_, changes, message) => {
    expect(() => encodeOllamaChatRequest({ ...call, ...changes }, 'Ollama', false)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(message) }),
    );
  });
});
