import { describe, expect, test } from 'vitest';
import { decodeOpenAiChatCompletion } from '../../../../src/providers/openai/decode-openai-chat-completion.ts';

const vendor = { name: 'OpenAI', apiKey: 'sk-secret-key' };
const read = (reply: object) => decodeOpenAiChatCompletion(JSON.stringify(reply), vendor);
const replyWith = (message: object, finish_reason?: string | null) =>
  read({ model: 'm-1', choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }] });

test('reads text, finish reason, tokens and the model that answered', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 };
  const choices = [{ index: 0, message: { role: 'assistant', content: 'Привет 👋' }, finish_reason: 'stop' }];
  expect(read({ id: 'x', model: 'm-1', choices, usage })).toEqual({
    content: [{ type: 'text', text: 'Привет 👋' }],
    finishReason: 'stop',
    usage: { input: 3, output: 5 },
    reportedModel: 'm-1',
  });
});

test.each([
  ['stop', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['MAX_TOKENS', 'length'],
  ['content_filter', 'content_filter'],
  ['STOP', 'stop'],
  ['eos', 'stop'],
  ['end_turn', 'stop'],
  ['something_new', 'other'],
  [null, 'other'],
  [undefined, 'other'],
])('finish reason %s is %s', (reason, expected) => {
  expect(replyWith({ content: 'a' }, reason).finishReason).toBe(expected);
});

const called = { tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] };

test.each([
  null,
  undefined,
  '',
  'stop',
  'STOP',
  'eos',
  'end_turn',
  'tool_use',
  'tool_call',
  'function_call',
  'error',
  'x',
])('a tool call that was made finishes with tool_calls, also under the reason %s', (reason) => {
  expect(replyWith(called, reason).finishReason).toBe('tool_calls');
});

test.each([
  ['length', 'length'],
  ['MAX_TOKENS', 'length'],
  ['content_filter', 'content_filter'],
])('finish reason %s beside a tool call stays %s', (reason, expected) => {
  expect(replyWith(called, reason).finishReason).toBe(expected);
});

test.each(['tool_calls', 'tool_use', 'function_call'])('finish reason %s without a call is stop', (reason) => {
  expect(replyWith({ content: 'Done.', tool_calls: [] }, reason).finishReason).toBe('stop');
  expect(replyWith({ content: 'Done.', tool_calls: [{ id: 'a', function: { name: '' } }] }, reason)).toMatchObject({
    content: [{ type: 'text', text: 'Done.' }],
    finishReason: 'stop',
  });
});

test('an entry that is no tool call does not take the others along', () => {
  expect(replyWith({ tool_calls: [null, 'f', ...called.tool_calls] }, 'tool_calls')).toMatchObject({
    content: [{ type: 'tool_call', id: 'a', name: 'f', argumentsJson: '{}' }],
    finishReason: 'tool_calls',
  });
});

test('a single tool call may come without its list', () => {
  expect(replyWith({ tool_calls: called.tool_calls[0] }, 'tool_calls').content).toEqual([
    { type: 'tool_call', id: 'a', name: 'f', argumentsJson: '{}' },
  ]);
});

test('arguments for a call without a name are an error, which keeps the counts', () => {
  const tool_calls = [...called.tool_calls, { id: 'b', function: { name: null, arguments: '{"x":1}' } }];
  const choices = [{ index: 0, message: { tool_calls }, finish_reason: 'tool_calls' }];
  expect(() => read({ choices, usage: { prompt_tokens: 3, completion_tokens: 5 } })).toThrow(
    expect.objectContaining({
      code: 'provider_error',
      message: 'OpenAI sent a reply that cannot be read: a tool call has arguments, but no name.',
      reported: { usage: { input: 3, output: 5 } },
    }),
  );
});

test('a custom tool that was called is a tool call', () => {
  const tool_calls = [{ id: 'a', type: 'custom', custom: { name: 'sh', input: 'ls -l' } }];
  expect(replyWith({ content: null, tool_calls }, 'tool_calls')).toMatchObject({
    content: [{ type: 'tool_call', id: 'a', name: 'sh', argumentsJson: 'ls -l' }],
    finishReason: 'tool_calls',
  });
});

test('the only choice is the reply, at any index', () => {
  const choices = [{ index: 1, message: { content: 'a' }, finish_reason: 'stop' }];
  expect(read({ choices })).toMatchObject({ content: [{ type: 'text', text: 'a' }], finishReason: 'stop' });
});

test.each([null, '', undefined, 7])('content %s is no text', (content) => {
  expect(replyWith({ content }, 'stop').content).toEqual([]);
});

test('content may come as parts', () => {
  expect(replyWith({ content: [{ type: 'text', text: 'a' }, { type: 'x' }] }, 'stop').content).toEqual([
    { type: 'text', text: 'a' },
  ]);
});

test.each([
  ['a list', [{ type: 'text', text: 'hmm' }]],
  ['text', 'hmm'],
])('thinking among the parts of the content, as %s, is reasoning', (_name, thinking) => {
  const content = [
    { type: 'thinking', thinking },
    { type: 'text', text: 'Hello' },
  ];
  expect(replyWith({ content }, 'stop').content).toEqual([
    { type: 'reasoning', text: 'hmm' },
    { type: 'text', text: 'Hello' },
  ]);
});

const signed = { extra_content: { google: { thought_signature: 'S' } } };

test.each([
  ['of the message', { content: 'Hi', ...signed }],
  ['of a part of the content', { content: [{ type: 'text', text: 'Hi', ...signed }] }],
])('Gemini’s signature %s is that of the text', (_name, fields) => {
  expect(replyWith(fields, 'stop').content).toEqual([{ type: 'text', text: 'Hi', signature: 'S' }]);
});

test('Gemini’s signature of a tool call stays with the call', () => {
  const [first] = called.tool_calls;
  expect(replyWith({ tool_calls: [{ ...first, ...signed }] }, 'stop').content).toMatchObject([
    { type: 'tool_call', id: 'a', signature: 'S' },
  ]);
});

test('arguments that came as an object keep their digits', () => {
  const message =
    '{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{ "id": 2512292042121000001, "f": 1.0 }}}]}';
  expect(decodeOpenAiChatCompletion(`{"choices":[{"message":${message}}]}`, vendor).content).toMatchObject([
    { argumentsJson: '{"id":2512292042121000001,"f":1.0}' },
  ]);
});

test('a refusal under stop is a refusal, and finishes with content_filter', () => {
  expect(replyWith({ content: null, refusal: 'I can’t.' }, 'stop')).toMatchObject({
    content: [],
    refusal: 'I can’t.',
    finishReason: 'content_filter',
  });
});

test.each([
  ['reasoning_content', { isReturnable: true }],
  ['reasoning', {}],
])('reasoning is read from %s and comes first', (field, marks) => {
  expect(replyWith({ content: 'Yes', [field]: 'Hmm' }, 'stop').content).toEqual([
    { type: 'reasoning', text: 'Hmm', ...marks },
    { type: 'text', text: 'Yes' },
  ]);
});

test('tool calls keep their arguments as written, broken off or not', () => {
  const tool_calls = [
    { id: 'a', type: 'function', function: { name: 'f', arguments: '{ "x": 1}' } },
    { id: 'b', type: 'function', function: { name: 'g', arguments: '{"y"' } },
  ];
  expect(replyWith({ content: null, tool_calls }, 'length')).toMatchObject({
    content: [
      { type: 'tool_call', id: 'a', name: 'f', argumentsJson: '{ "x": 1}' },
      { type: 'tool_call', id: 'b', name: 'g', argumentsJson: '{"y"' },
    ],
    finishReason: 'length',
  });
});

test('a call of a tool under stop finishes with tool_calls', () => {
  const tool_calls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }];
  expect(replyWith({ tool_calls }, 'stop').finishReason).toBe('tool_calls');
});

test('a tool call without an id gets one, and a legacy function call is a tool call', () => {
  expect(replyWith({ function_call: { name: 'f', arguments: { x: 1 } } }, 'function_call').content).toEqual([
    { type: 'tool_call', id: expect.stringMatching(/^call_/), name: 'f', argumentsJson: '{"x":1}' },
  ]);
});

test('usage that is null or missing stays missing', () => {
  expect(replyWith({ content: 'a' }, 'stop').usage).toBeUndefined();
  expect(read({ choices: [{ message: { content: 'a' } }], usage: null }).usage).toBeUndefined();
});

test.each([
  ['x_groq (Groq)', (usage: object) => ({ x_groq: { id: 'req_1', usage } }), {}],
  ['its choice (Moonshot)', () => ({}), { usage: { prompt_tokens: 10, completion_tokens: 5 } }],
])('usage is read from %s', (_name, more, ofChoice) => {
  const choices = [{ index: 0, message: { content: 'a' }, finish_reason: 'stop', ...ofChoice }];
  expect(read({ choices, ...more({ prompt_tokens: 10, completion_tokens: 5 }) }).usage).toEqual({
    input: 10,
    output: 5,
  });
});

test('an empty error beside choices is none', () => {
  expect(read({ choices: [{ message: { content: 'a' } }], error: {} }).content).toHaveLength(1);
});

describe('a reply that cannot be read', () => {
  test.each([
    ['', 'it is not JSON'],
    ['{"choices":[{"message":{"content":"secret', 'it is not JSON'],
    ['<html>', 'it is not JSON'],
    ['[]', 'it is not a JSON object'],
    ['{}', 'there is no message in it'],
    ['{"choices":[]}', 'there is no message in it'],
    ['{"choices":[{"finish_reason":"stop"}]}', 'there is no message in it'],
  ])('%s', (body, what) => {
    expect(() => decodeOpenAiChatCompletion(body, vendor)).toThrow(`OpenAI sent a reply that cannot be read: ${what}.`);
  });
});

test('an error under status 200 is an error, without its secrets', () => {
  const error = { message: 'max_tokens is too large (sk-secret-key)', type: 'invalid_request_error' };
  expect(() => read({ error })).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: 'OpenAI: max_tokens is too large ([redacted])' }),
  );
  expect(() => read({ error: { message: 'x', code: 503 } })).toThrow('OpenAI failed (status 503).');
});
