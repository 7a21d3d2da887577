import { describe, expect, test } from 'vitest';
import { decodeAnthropicMessage } from '../../../../src/providers/anthropic/decode-anthropic-message.ts';

const vendor = { name: 'Claude', apiKey: 'key' };
const read = (message: Record<string, unknown>) =>
  decodeAnthropicMessage(
    JSON.stringify({ type: 'message', role: 'assistant', content: [], stop_reason: 'end_turn', ...message }),
    vendor,
  );

test('text, thinking and tool calls are read in their order, what the vendor ran itself is left out', () => {
  const content = [
    { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
    { type: 'redacted_thinking', data: 'AAAA' },
    { type: 'text', text: 'Смотрю 🔭', citations: null },
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'sun' } },
    { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
    { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: [1, 'два'] } },
    { type: 'tool_use', id: 'toolu_2', name: 'wait', input: {} },
    { type: 'something_new', text: 'new' },
  ];
  expect(read({ content, model: 'claude-x-1', stop_reason: 'tool_use' })).toEqual({
    content: [
      { type: 'reasoning', text: 'Hm.', signature: 'sig' },
      { type: 'reasoning', text: '', redactedData: 'AAAA' },
      { type: 'text', text: 'Смотрю 🔭' },
      { type: 'tool_call', id: 'toolu_1', name: 'look', argumentsJson: '{"at":[1,"два"]}' },
      { type: 'tool_call', id: 'toolu_2', name: 'wait', argumentsJson: '{}' },
    ],
    finishReason: 'tool_calls',
    reportedModel: 'claude-x-1',
    // A search that no counter tells of.
    usage: { unpriced: true },
  });
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'stop'],
  ['refusal', 'content_filter'],
  ['pause_turn', 'other'],
  ['something_new', 'other'],
  [null, 'other'],
  [undefined, 'other'],
])('stop reason %s becomes %s', (stop_reason, finishReason) => {
  expect(read({ stop_reason }).finishReason).toBe(finishReason);
});

test.each([
  ['tool_use', 'tool_calls'],
  ['end_turn', 'tool_calls'],
  ['something_new', 'tool_calls'],
  [null, 'tool_calls'],
  ['max_tokens', 'length'],
  ['refusal', 'content_filter'],
])('stop reason %s beside a tool call becomes %s', (stop_reason, finishReason) => {
  const content = [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }];
  expect(read({ content, stop_reason }).finishReason).toBe(finishReason);
});

test('a refusal is told apart from the content', () => {
  const stop_details = { type: 'refusal', category: 'cyber', explanation: 'Not that.' };
  expect(read({ stop_reason: 'refusal', stop_details })).toEqual({
    content: [],
    refusal: 'Not that.',
    finishReason: 'content_filter',
  });
  expect(read({ stop_reason: 'refusal', stop_details: { explanation: null } }).refusal).toBeUndefined();
});

test('the input of a tool call keeps its digits', () => {
  const content = '[{"type":"tool_use","id":"toolu_1","name":"look","input":{ "id": 2512292042121000001, "f": 1.0 }}]';
  expect(decodeAnthropicMessage(`{"content":${content},"stop_reason":"tool_use"}`, vendor).content).toEqual([
    { type: 'tool_call', id: 'toolu_1', name: 'look', argumentsJson: '{"id":2512292042121000001,"f":1.0}' },
  ]);
});

describe('tokens', () => {
  test('input is what was sent, read from the cache and written to it; the rest are parts', () => {
    const usage = {
      input_tokens: 7,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 20 },
    };
    expect(read({ usage }).usage).toEqual({
      input: 1307,
      output: 50,
      cacheRead: 1000,
      cacheWrite: 300,
      cacheWriteOneHour: 200,
      reasoning: 20,
    });
  });

  test('missing counts stay absent, and counts of 0 stay 0', () => {
    expect(read({ usage: { input_tokens: 7, output_tokens: 0 } }).usage).toEqual({ input: 7, output: 0 });
    expect(read({ usage: { output_tokens: 3, cache_read_input_tokens: null } }).usage).toEqual({ output: 3 });
    expect(read({ usage: { output_tokens: 'three', input_tokens: 2 } }).usage).toEqual({ input: 2 });
    expect(read({ usage: {} }).usage).toBeUndefined();
    expect(read({}).usage).toBeUndefined();
  });
});

describe('an invalid message is an error', () => {
  test.each([
    [
      'an error object under 200',
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
      'provider_error',
    ],
    ['a limit under 200', '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}', 'rate_limited'],
    ['an unknown error under 200', '{"error":{}}', 'provider_error'],
    ['broken JSON', '{"content":[', 'provider_error'],
    ['HTML', '<html></html>', 'provider_error'],
    ['nothing', '', 'provider_error'],
    ['another object', '{"completion":"Hi"}', 'provider_error'],
    ['a tool call without a name', '{"content":[{"type":"tool_use","id":"toolu_1","input":{}}]}', 'provider_error'],
  ])('%s', (_, body, code) => {
    expect(() => decodeAnthropicMessage(body, vendor)).toThrow(expect.objectContaining({ name: 'GatewayError', code }));
  });
});
