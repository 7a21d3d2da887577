import { expect, test } from 'vitest';
import type { ContentPart } from '../../../../src/domain/request.ts';
import { encodeAnthropicMessage } from '../../../../src/protocols/anthropic/encode-anthropic-message.ts';
import { asSdkMessage, clientOf, ids, jsonReply, request } from './sdk-client.ts';

const reply = { content: [], refusal: undefined, finishReason: 'stop', usage: {} } as const;
const call = (argumentsJson: string): ContentPart => ({ type: 'tool_call', id: 'call_1', name: 'look', argumentsJson });

test('the official client reads thinking, text and tool calls', async () => {
  const content: ContentPart[] = [
    { type: 'reasoning', text: 'Hm.', signature: 'sig' },
    { type: 'reasoning', text: 'Unsigned.' },
    { type: 'text', text: 'Let me look.' },
    call('{"city":"Rome"}'),
  ];
  const usage = { input: 100, output: 20, cacheRead: 30, cacheWrite: 10, reasoning: 7 };
  const message = encodeAnthropicMessage({ ...reply, content, finishReason: 'tool_calls', usage }, ids);
  expect(await clientOf(jsonReply(asSdkMessage(message))).messages.create(request)).toMatchObject({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'gpt-x',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
      { type: 'thinking', thinking: 'Unsigned.', signature: '' },
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'call_1', name: 'look', input: { city: 'Rome' } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: {
      input_tokens: 60,
      cache_read_input_tokens: 30,
      cache_creation_input_tokens: 10,
      output_tokens: 20,
      output_tokens_details: { thinking_tokens: 7 },
    },
  });
});

test('counts that are missing are 0 only where there must be a number', () => {
  expect(encodeAnthropicMessage(reply, ids).usage).toEqual({
    input_tokens: 0,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    output_tokens: 0,
    output_tokens_details: null,
  });
  expect(encodeAnthropicMessage({ ...reply, usage: { input: 5, cacheRead: 8 } }, ids).usage.input_tokens).toBe(0);
});

test.each([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['content_filter', 'refusal'],
  ['other', 'end_turn'],
] as const)('a reply that ends in %s stops for the reason %s', (finishReason, stopReason) => {
  expect(encodeAnthropicMessage({ ...reply, finishReason }, ids).stop_reason).toBe(stopReason);
});

test('a refusal is the last text, and the reason to stop', () => {
  const content: ContentPart[] = [{ type: 'text', text: 'Well.' }];
  expect(encodeAnthropicMessage({ ...reply, content, refusal: 'No.' }, ids)).toMatchObject({
    content: [
      { type: 'text', text: 'Well.' },
      { type: 'text', text: 'No.' },
    ],
    stop_reason: 'refusal',
  });
});

test('parts that say nothing are left out', () => {
  const content: ContentPart[] = [
    { type: 'text', text: '' },
    { type: 'reasoning', text: '' },
    { type: 'reasoning', text: '', signature: 'sig' },
  ];
  expect(encodeAnthropicMessage({ ...reply, content, refusal: '' }, ids)).toMatchObject({
    content: [{ type: 'thinking', thinking: '', signature: 'sig' }],
    stop_reason: 'end_turn',
  });
});

test.each([
  ['', {}],
  [' ', {}],
  ['{"a":', { INVALID_JSON: '{"a":' }],
  ['[1]', { INVALID_JSON: '[1]' }],
  ['null', { INVALID_JSON: 'null' }],
])('the arguments %j are the input %j', (argumentsJson, input) => {
  expect(encodeAnthropicMessage({ ...reply, content: [call(argumentsJson)] }, ids).content).toMatchObject([{ input }]);
});
