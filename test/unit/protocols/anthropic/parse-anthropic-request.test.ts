import { describe, expect, test } from 'vitest';
import {
  parseAnthropicCountTokensRequest,
  parseAnthropicOptions,
  parseAnthropicRequest,
} from '../../../../src/protocols/anthropic/parse-anthropic-request.ts';
import { refusalOf } from './parse-error.ts';

const minimal = { model: 'gpt-x', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };
const hi = { role: 'user', content: [{ type: 'text', text: 'Hi' }] };

test('a minimal body has no optional fields', () => {
  expect(parseAnthropicRequest(minimal)).toStrictEqual({
    messages: [hi],
    maxTokens: 100,
    temperature: undefined,
    topP: undefined,
    topK: undefined,
    stop: undefined,
    userId: undefined,
    reasoningEffort: undefined,
    responseFormat: undefined,
  });
});

test('every parameter is parsed', () => {
  const body = {
    ...minimal,
    system: 'Be brief.',
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    stop_sequences: ['END', '', '\n'],
    metadata: { user_id: 'user-7' },
    stream: true,
  };
  expect(parseAnthropicRequest(body)).toMatchObject({
    messages: [{ role: 'system', content: [{ type: 'text', text: 'Be brief.' }] }, hi],
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    stop: ['END', '\n'],
    userId: 'user-7',
  });
});

test('fields without effect are treated as absent', () => {
  const nothing = {
    system: null,
    temperature: null,
    top_p: null,
    top_k: 0,
    stop_sequences: [],
    tools: [],
    tool_choice: null,
    thinking: null,
    output_config: null,
    output_format: null,
    metadata: {},
    stream: null,
    speed: 'standard',
    cache_control: { type: 'ephemeral', ttl: '1h' },
    container: null,
    context_management: null,
    diagnostics: null,
    inference_geo: null,
    mcp_servers: [],
  };
  for (const service_tier of [null, 'auto', 'standard_only']) {
    expect(parseAnthropicRequest({ ...minimal, ...nothing, service_tier })).toEqual(parseAnthropicRequest(minimal));
  }
});

test.each([
  ['max_tokens', { max_tokens: undefined }, 'max_tokens: must be a whole number, and is needed.'],
  ['max_tokens', { max_tokens: 0 }, 'max_tokens: '],
  ['max_tokens', { max_tokens: 1.5 }, 'max_tokens: '],
  ['messages', { messages: undefined }, 'messages: must be a list of at least one message.'],
  ['messages', { messages: [] }, 'messages: must be a list of at least one message.'],
  ['temperature', { temperature: 1.1 }, 'temperature: '],
  ['temperature', { temperature: -0.1 }, 'temperature: '],
  ['top_p', { top_p: 1.1 }, 'top_p: '],
  ['top_k', { top_k: 1.5 }, 'top_k: '],
  ['stop_sequences', { stop_sequences: 'END' }, 'stop_sequences: must be a list of strings.'],
  ['stream', { stream: 'yes' }, 'stream: '],
  ['metadata', { metadata: { userid: 1 } }, 'metadata.userid: is not a known field: did you mean "user_id"?'],
  ['service_tier', { service_tier: 'priority' }, 'service_tier: must be auto or standard_only.'],
  ['speed', { speed: 'fast' }, 'speed: can only be standard'],
  ['container', { container: 'container_1' }, 'container: is something only Claude offers: leave it out'],
  ['context_management', { context_management: { edits: [] } }, 'context_management: is something only Claude'],
  ['mcp_servers', { mcp_servers: [{ url: 'https://a.example' }] }, 'mcp_servers: is something only Claude'],
  ['inference_geo', { inference_geo: 'eu' }, 'inference_geo: is something only Claude'],
  ['diagnostics', { diagnostics: { previous_message_id: null } }, 'diagnostics: is something only Claude'],
  ['an unknown field', { max_token: 5 }, 'max_token: is not a known field: did you mean "max_tokens"?'],
  ['an unknown field', { frequency_penalty: 0 }, 'frequency_penalty: is not a known field'],
])('%s is refused by its name in %j', (_, fields, message) => {
  expect(refusalOf(() => parseAnthropicRequest({ ...minimal, ...fields }))).toContain(message);
});

describe('a hostile body', () => {
  const zeros = Array(2_000_000).fill(0);

  test.each([
    ['messages', { messages: zeros }, 'messages[0]: '],
    ['blocks', { messages: [hi, { role: 'user', content: zeros }] }, 'messages[1].content[0]: '],
    ['system blocks', { system: zeros }, 'system[0]: '],
    ['tools', { tools: zeros }, 'tools[0]: '],
    ['stop sequences', { stop_sequences: zeros }, 'stop_sequences[0]: '],
    [
      'messages, each of them with an error in its last block',
      { messages: Array(200_000).fill({ role: 'user', content: [{ type: 'text', text: '' }, 0] }) },
      'messages[0].content[1]: ',
    ],
    [
      'results of tools',
      { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: zeros }] }] },
      'messages[0].content[0].content[0]: ',
    ],
  ])('full of wrong %s is answered with the first of them', (_, fields, message) => {
    const refusal = refusalOf(() => parseAnthropicRequest({ ...minimal, ...fields }));
    expect(refusal).toContain(message);
    expect(refusal.length).toBeLessThan(1000);
  });

  test('with many unknown fields gets a short error', () => {
    const fields = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`f${index}`, 0]));
    expect(refusalOf(() => parseAnthropicRequest({ ...minimal, ...fields })).length).toBeLessThan(1000);
    const messages = [{ ...hi, ...fields }];
    expect(refusalOf(() => parseAnthropicRequest({ ...minimal, messages })).length).toBeLessThan(1000);
  });

  test.each(['input', 'input_schema', 'schema'])('with a deeply nested %s is rejected', (field) => {
    const deep = JSON.parse(`{"type":"object","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    const bodies: Record<string, object> = {
      input: { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b', input: deep }] }] },
      input_schema: { tools: [{ name: 'a', input_schema: deep }] },
      schema: { output_config: { format: { type: 'json_schema', schema: deep } } },
    };
    expect(refusalOf(() => parseAnthropicRequest({ ...minimal, ...bodies[field] }))).toMatch(`${field}: must be`);
  });
});

describe('a body whose tokens are counted', () => {
  const { max_tokens: _, ...body } = minimal;

  test('needs no max_tokens and is parsed like a message request', () => {
    const tools = [{ name: 'a', input_schema: { type: 'object' } }];
    const thinking = { type: 'enabled', budget_tokens: 50_000 };
    expect(parseAnthropicCountTokensRequest({ ...body, system: 'S', tools, thinking })).toMatchObject({
      messages: [{ role: 'system', content: [{ type: 'text', text: 'S' }] }, hi],
      tools: [{ name: 'a', parameters: { type: 'object' } }],
      reasoningEffort: 'high',
    });
  });

  test.each(['max_tokens', 'temperature', 'stream'])('rejects %s', (field) => {
    expect(refusalOf(() => parseAnthropicCountTokensRequest({ ...body, [field]: 1 }))).toContain(
      `${field}: is not a known field`,
    );
  });
});

describe('the options of a passthrough body', () => {
  test('are its model, its max_tokens and its stream flag', () => {
    expect(parseAnthropicOptions({ model: 'claude-x', stream: true, max_tokens: 5 })).toEqual({
      model: 'claude-x',
      stream: true,
      maxTokens: 5,
    });
    expect(parseAnthropicOptions({ messages: 'wrong', anything: 1, max_tokens: 0 })).toEqual({
      model: undefined,
      stream: false,
      maxTokens: 0,
    });
  });

  test.each([
    ['model', 5],
    ['model', ''],
    ['model', 'a\nb'],
    ['stream', 'true'],
    ['max_tokens', '5'],
    ['max_tokens', -1],
  ])('is refused where %s is %j', (field, value) => {
    expect(refusalOf(() => parseAnthropicOptions({ [field]: value }))).toMatch(new RegExp(`^${field}: `));
  });
});
