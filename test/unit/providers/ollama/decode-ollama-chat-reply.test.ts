import { describe, expect, test } from 'vitest';
import { decodeOllamaChatReply } from '../../../../src/providers/ollama/decode-ollama-chat-reply.ts';

const read = (reply: Record<string, unknown>) =>
  decodeOllamaChatReply(
    JSON.stringify({ model: 'llama3.2', message: { role: 'assistant', content: 'Да 🌍' }, done: true, ...reply }),
    'Ollama',
  );

const look = { function: { name: 'look', arguments: { at: [1, 'два'] } } };

test('thinking, text and tool calls are read; a call without an id gets one of ours', () => {
  const message = {
    role: 'assistant',
    thinking: 'Hm.',
    content: 'Смотрю 🔭',
    tool_calls: [look, { id: 'call_abc', ...look }, { function: { name: 'wait' } }],
  };
  expect(read({ message, done_reason: 'stop', prompt_eval_count: 11, eval_count: 7 })).toEqual({
    content: [
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'Смотрю 🔭' },
      { type: 'tool_call', id: 'call_0', name: 'look', argumentsJson: '{"at":[1,"два"]}' },
      { type: 'tool_call', id: 'call_abc', name: 'look', argumentsJson: '{"at":[1,"два"]}' },
      { type: 'tool_call', id: 'call_2', name: 'wait', argumentsJson: '{}' },
    ],
    finishReason: 'tool_calls',
    usage: { input: 11, output: 7 },
    reportedModel: 'llama3.2',
  });
});

test.each([
  ['stop', 'stop'],
  ['length', 'length'],
  ['load', 'other'],
  ['unload', 'other'],
  ['something_new', 'other'],
  [undefined, 'stop'],
])('done reason %s becomes %s', (done_reason, finishReason) => {
  expect(read({ done_reason }).finishReason).toBe(finishReason);
});

test('an entry that is no tool call does not take the others along', () => {
  const tool_calls = [null, {}, { function: { name: '' } }, look];
  expect(read({ message: { content: '', tool_calls } }).content).toEqual([
    { type: 'tool_call', id: 'call_0', name: 'look', argumentsJson: '{"at":[1,"два"]}' },
  ]);
});

test('the arguments of a tool call keep their digits', () => {
  const message = '{"tool_calls":[{"function":{"name":"look","arguments":{"id":2512292042121000001,"f":1.0}}}]}';
  expect(decodeOllamaChatReply(`{"message":${message},"done":true}`, 'Ollama').content).toMatchObject([
    { argumentsJson: '{"id":2512292042121000001,"f":1.0}' },
  ]);
});

test('a count that did not come is absent', () => {
  expect(read({ eval_count: 7 }).usage).toEqual({ output: 7 });
  expect(read({ prompt_eval_count: 0 }).usage).toEqual({ input: 0 });
  expect(read({ prompt_eval_count: 'many' }).usage).toBeUndefined();
  expect(read({}).usage).toBeUndefined();
});

describe('an invalid reply is a provider error', () => {
  test.each([
    ['an error under 200', '{"error":"the model runner has stopped at /root/.ollama"}'],
    ['an error object under 200', '{"error":{"message":"no"}}'],
    ['broken JSON', '{"message":'],
    ['nothing', ''],
    ['no message', '{"done":true}'],
    ['another message', '{"message":"Hi","done":true}'],
  ])('%s', (_, body) => {
    expect(() => decodeOllamaChatReply(body, 'Ollama')).toThrow(
      expect.objectContaining({ name: 'GatewayError', code: 'provider_error' }),
    );
    expect(() => decodeOllamaChatReply(body, 'Ollama')).not.toThrow(/root/);
  });
});
