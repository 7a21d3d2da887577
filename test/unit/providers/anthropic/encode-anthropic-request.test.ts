import { describe, expect, test } from 'vitest';
import type { ChatRequest, Message } from '../../../../src/domain/request.ts';
import { encodeAnthropicRequest } from '../../../../src/providers/anthropic/encode-anthropic-request.ts';
import { getDescriptor } from '../../../support/provider-options.ts';

const claude = getDescriptor('claude');
const call: ChatRequest = {
  model: 'claude-sonnet-4-5',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
};
const tool = { name: 'look', description: 'Looks.', parameters: { properties: { at: { type: 'number' } } } };

/** The body as the vendor sees it. */
function sent(changes: Partial<ChatRequest> = {}, stream = false): unknown {
  return JSON.parse(JSON.stringify(encodeAnthropicRequest({ ...call, ...changes }, claude, stream)));
}

const base = {
  model: 'claude-sonnet-4-5',
  max_tokens: 64_000,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  stream: false,
};

test('a plain call sends the model, its maximum of tokens, the messages, and whether to stream', () => {
  expect(sent()).toEqual(base);
  expect(sent({}, true)).toEqual({ ...base, stream: true });
});

test("the client's maxTokens is sent unchanged, even above the model's limit", () => {
  expect(sent({ maxTokens: 12 })).toEqual({ ...base, max_tokens: 12 });
  expect(sent({ maxTokens: 1_000_000 })).toEqual({ ...base, max_tokens: 1_000_000 });
});

test('sampling, stop sequences and the system prompt go to their own fields', () => {
  const messages: ChatRequest['messages'] = [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    ...call.messages,
  ];
  expect(sent({ messages, temperature: 0, topP: 0.9, topK: 5, stop: ['END', ' .'] })).toEqual({
    ...base,
    system: 'Be brief.',
    temperature: 0,
    top_p: 0.9,
    top_k: 5,
    stop_sequences: ['END', ' .'],
  });
  expect(sent({ stop: [] })).toEqual(base);
});

test('the user id becomes metadata, and penalties of 0 are omitted', () => {
  expect(sent({ userId: 'user-7', frequencyPenalty: 0, presencePenalty: 0 })).toEqual({
    ...base,
    metadata: { user_id: 'user-7' },
  });
});

describe('a field that Claude does not support is rejected by its name', () => {
  test.each<[string, Partial<ChatRequest>, RegExp]>([
    ['temperature above 1', { temperature: 1.01 }, /^temperature: must be between 0 and 1/],
    ['temperature below 0', { temperature: -0.1 }, /^temperature: must be between 0 and 1/],
    ['a blank stop sequence', { stop: ['END', '\n'] }, /^stop: must/],
    ['an empty stop sequence', { stop: [''] }, /^stop: must/],
    ['a seed, be it 0', { seed: 0 }, /^seed: is not offered by Claude/],
    ['a frequency penalty', { frequencyPenalty: -0.1 }, /^frequency_penalty: is not offered by Claude/],
    ['a presence penalty', { presencePenalty: 0.1 }, /^presence_penalty: is not offered by Claude/],
    ['a call that must be made of no tool', { toolChoice: 'required' }, /^tool_choice: .* tools is empty/],
    ['a call by name of no tool', { tools: [], toolChoice: { name: 'look' } }, /^tool_choice: .* tools is empty/],
    ['JSON without a schema', { responseFormat: { type: 'json_object' } }, /^response_format: .* json_schema/],
  ])('%s', (_, changes, message) => {
    expect(() => encodeAnthropicRequest({ ...call, ...changes }, claude, false)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(message) }),
    );
  });
});

describe('tools', () => {
  const sentTool = {
    name: 'look',
    description: 'Looks.',
    input_schema: { type: 'object', properties: { at: { type: 'number' } } },
  };

  test('are sent with an object schema, strict if requested', () => {
    expect(sent({ tools: [tool, { ...tool, strict: true }] })).toEqual({
      ...base,
      tools: [sentTool, { ...sentTool, strict: true }],
    });
  });

  test.each<[string, Partial<ChatRequest>, unknown]>([
    ['auto', { toolChoice: 'auto' }, { type: 'auto' }],
    ['none', { toolChoice: 'none' }, { type: 'none' }],
    ['required', { toolChoice: 'required' }, { type: 'any' }],
    ['a name', { toolChoice: { name: 'look' } }, { type: 'tool', name: 'look' }],
    ['no parallel calls', { parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      'required, one at a time',
      { toolChoice: 'required', parallelToolCalls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    ['none, one at a time', { toolChoice: 'none', parallelToolCalls: false }, { type: 'none' }],
    ['parallel calls', { parallelToolCalls: true }, undefined],
  ])('the choice: %s', (_, changes, choice) => {
    expect(sent({ tools: [tool], ...changes })).toEqual({
      ...base,
      tools: [sentTool],
      ...(choice ? { tool_choice: choice } : {}),
    });
  });

  test('no tool choice is sent without tools, because the provider rejects it', () => {
    expect(sent({ tools: [], toolChoice: 'auto', parallelToolCalls: false })).toEqual(base);
  });
});

test('a JSON schema is sent as the output format', () => {
  const schema = { type: 'object', properties: {}, additionalProperties: false };
  expect(sent({ responseFormat: { type: 'json_schema', name: 'answer', schema, strict: true } })).toEqual({
    ...base,
    output_config: { format: { type: 'json_schema', schema } },
  });
});

describe('reasoning effort', () => {
  test.each<[ChatRequest['reasoningEffort'], string]>([
    ['minimal', 'low'],
    ['low', 'low'],
    ['medium', 'medium'],
    ['high', 'high'],
    ['xhigh', 'xhigh'],
    ['max', 'max'],
  ])('%s is adaptive thinking with effort %s for newer models', (reasoningEffort, effort) => {
    expect(sent({ model: 'claude-opus-4-8', reasoningEffort })).toEqual({
      ...base,
      model: 'claude-opus-4-8',
      max_tokens: 128_000,
      thinking: { type: 'adaptive' },
      output_config: { effort },
    });
  });

  test.each<[ChatRequest['reasoningEffort'], number | undefined, unknown]>([
    ['minimal', undefined, { type: 'enabled', budget_tokens: 1024 }],
    ['low', undefined, { type: 'enabled', budget_tokens: 2048 }],
    ['medium', undefined, { type: 'enabled', budget_tokens: 8192 }],
    ['high', undefined, { type: 'enabled', budget_tokens: 24_576 }],
    ['high', 10_001, { type: 'enabled', budget_tokens: 5000 }],
    ['max', undefined, { type: 'enabled', budget_tokens: 24_576 }],
    ['none', undefined, undefined],
    ['low', 2048, { type: 'enabled', budget_tokens: 1024 }],
    ['high', 2047, undefined],
  ])('%s with maxTokens %s is a budget for older models', (reasoningEffort, maxTokens, thinking) => {
    expect(sent({ model: 'claude-sonnet-4-5-20250929', reasoningEffort, maxTokens })).toEqual({
      ...base,
      model: 'claude-sonnet-4-5-20250929',
      max_tokens: maxTokens ?? 64_000,
      ...(thinking ? { thinking } : {}),
    });
  });

  test.each<[string, ChatRequest['reasoningEffort'], object]>([
    ['claude-opus-4-6', 'none', {}],
    ['claude-opus-4-6', 'xhigh', { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
    ['claude-3-5-haiku-20241022', 'high', {}],
  ])('of %s is clamped from %s', (model, reasoningEffort, fields) => {
    const { thinking, output_config } = sent({ model, reasoningEffort }) as Record<string, unknown>;
    expect({ ...(thinking ? { thinking } : {}), ...(output_config ? { output_config } : {}) }).toEqual(fields);
  });

  test.each<[string, ChatRequest['toolChoice'], object | undefined]>([
    ['claude-sonnet-4-5', 'required', undefined],
    ['claude-opus-4-6', { name: 'look' }, undefined],
    ['claude-opus-4-6', 'auto', { type: 'adaptive' }],
  ])('of %s asks for no thinking beside the tool choice %j that forces a tool', (model, toolChoice, thinking) => {
    const body = sent({ model, toolChoice, tools: [tool], reasoningEffort: 'low' }) as { thinking?: unknown };
    expect(body.thinking).toEqual(thinking);
  });

  describe('after tool calls', () => {
    const toolCall = { type: 'tool_call', id: 'one', name: 'look', argumentsJson: '{}' } as const;
    const signedThinking = { type: 'reasoning', text: 'Hm.', signature: 'sig' } as const;
    const called = (...before: (typeof signedThinking)[]): Message[] => [
      ...call.messages,
      { role: 'assistant', content: [...before, toolCall] },
      { role: 'tool', toolCallId: 'one', content: [{ type: 'text', text: 'fog' }] },
    ];
    const thinking = { type: 'enabled', budget_tokens: 2048 };

    test.each<[string, Message[], string, unknown]>([
      ['continues with its signed thinking', called(signedThinking), 'claude-sonnet-4-5', thinking],
      ['stops for an older model without the signature', called(), 'claude-sonnet-4-5', undefined],
      ['starts again with the next user message', [...called(), ...call.messages], 'claude-sonnet-4-5', thinking],
      ['continues for a newer model without the signature', called(), 'claude-opus-4-8', { type: 'adaptive' }],
    ])('%s', (_, messages, model, expected) => {
      const body = sent({ messages, model, reasoningEffort: 'low', tools: [tool] }) as { thinking?: unknown };
      expect(body.thinking).toEqual(expected);
    });
  });
});
