import { expect, test } from 'vitest';
import { parseOpenAiChatOptions } from '../../../../src/protocols/openai/parse-openai-chat-options.ts';
import { refusalOf } from './parse-error.ts';

const nothing = {
  model: undefined,
  stream: false,
  includeUsage: false,
  maxTokens: undefined,
  legacyFunctions: false,
  replies: 1,
};

test.each<[object, object]>([
  [{}, {}],
  [{ model: null, stream: null, stream_options: null, max_tokens: null, functions: null }, {}],
  [
    { model: 'claude/claude-x', stream: true },
    { model: 'claude/claude-x', stream: true },
  ],
  [{ stream_options: { include_usage: true, include_obfuscation: true } }, { includeUsage: true }],
  [{ stream_options: {} }, {}],
  [{ max_tokens: 5 }, { maxTokens: 5 }],
  [{ max_completion_tokens: 6 }, { maxTokens: 6 }],
  [{ max_tokens: 9, max_completion_tokens: 6 }, { maxTokens: 9 }],
  [{ functions: [{}] }, { legacyFunctions: true }],
  [{ functions: [] }, {}],
  [{ n: 3 }, { replies: 3 }],
])('%j', (body, options) => {
  expect(parseOpenAiChatOptions(body as Record<string, unknown>)).toEqual({ ...nothing, ...options });
});

test('other fields of the body are ignored', () => {
  const body = { messages: 'x', temperature: 'hot', new_field: {}, tools: 5 };
  expect(parseOpenAiChatOptions(body)).toEqual(nothing);
});

test.each<[string, object]>([
  ['model', { model: 5 }],
  ['model', { model: '' }],
  ['model', { model: 'a\nb' }],
  ['model', { model: 'a'.repeat(257) }],
  ['stream', { stream: 'true' }],
  ['stream_options', { stream_options: true }],
  ['stream_options.include_usage', { stream_options: { include_usage: 1 } }],
  ['max_tokens', { max_tokens: '5' }],
  ['n', { n: 0 }],
  ['max_completion_tokens', { max_completion_tokens: 0 }],
])('an invalid %s is rejected: %j', (name, body) => {
  expect(refusalOf(() => parseOpenAiChatOptions(body as Record<string, unknown>))).toMatch(`${name}: `);
});
