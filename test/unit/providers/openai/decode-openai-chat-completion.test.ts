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
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['content_filter', 'content_filter'],
  ['something_new', 'other'],
  [null, 'other'],
  [undefined, 'other'],
])('finish reason %s is %s', (reason, expected) => {
  expect(replyWith({ content: 'a' }, reason).finishReason).toBe(expected);
});

test.each([null, '', undefined, 7])('content %s is no text', (content) => {
  expect(replyWith({ content }, 'stop').content).toEqual([]);
});

test('content may come as parts', () => {
  expect(replyWith({ content: [{ type: 'text', text: 'a' }, { type: 'x' }] }, 'stop').content).toEqual([
    { type: 'text', text: 'a' },
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
