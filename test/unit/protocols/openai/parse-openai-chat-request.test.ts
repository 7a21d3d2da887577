import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { TranslationReport } from '../../../../src/domain/translation-report.ts';
import { parseOpenAiChatRequest } from '../../../../src/protocols/openai/parse-openai-chat-request.ts';
import { refusalOf } from './parse-error.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const call = (fields: object) => parseOpenAiChatRequest({ model: 'm', messages, ...fields });
const refused = (fields: object) => refusalOf(() => call(fields));
const parsedMessages = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }];

/** Returns the parsed request without its undefined properties. */
const definedFields = (fields: object) => JSON.parse(JSON.stringify(call(fields)));

test('a request with every supported field is parsed', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const request = {
    max_completion_tokens: 50,
    temperature: 2,
    top_p: 0.5,
    stop: ['a', 'b'],
    tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
    parallel_tool_calls: false,
    response_format: { type: 'json_schema', json_schema: { name: 'r', schema, strict: true } },
    reasoning_effort: 'low',
    seed: -7,
    frequency_penalty: -2,
    presence_penalty: 1.5,
    user: 'u-1',
    n: 1,
    stream: true,
    stream_options: { include_usage: true },
  };
  expect(call(request)).toEqual({
    messages: parsedMessages,
    maxTokens: 50,
    temperature: 2,
    topP: 0.5,
    stop: ['a', 'b'],
    tools: [{ name: 'f', description: 'd', parameters: schema, strict: true }],
    toolChoice: { name: 'f' },
    parallelToolCalls: false,
    responseFormat: { type: 'json_schema', name: 'r', schema, strict: true },
    reasoningEffort: 'low',
    seed: -7,
    frequencyPenalty: -2,
    presencePenalty: 1.5,
    userId: 'u-1',
  });
});

test.each(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])('takes the reasoning effort %s', (effort) => {
  expect(definedFields({ reasoning_effort: effort })).toEqual({ messages: parsedMessages, reasoningEffort: effort });
});

describe('a field without effect is treated as absent:', () => {
  const names =
    'audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'.split(
      ' ',
    );
  test.each(names)('%s of null', (name) => {
    expect(definedFields({ [name]: null })).toEqual({ messages: parsedMessages });
  });

  test.each<[object]>([
    [{ frequency_penalty: 0, presence_penalty: 0 }],
    [{ n: 1 }],
    [{ logprobs: false, top_logprobs: 0, logit_bias: {} }],
    [{ modalities: ['text'] }],
    [{ service_tier: 'auto' }],
    [{ service_tier: 'default' }],
    [{ verbosity: 'medium' }],
    [{ stop: [] }],
    [{ tools: [], tool_choice: 'auto', parallel_tool_calls: true }],
    [{ functions: [], function_call: 'none' }],
    [{ response_format: { type: 'text' } }],
    [{ user: '' }],
    [{ stream: false, stream_options: { include_usage: false } }],
    [{ stream: true, stream_options: { include_obfuscation: false } }],
  ])('%j', (fields) => {
    expect(definedFields(fields)).toEqual({ messages: parsedMessages });
  });

  test.each<[object]>([
    [{ metadata: { a: 'b' } }],
    [{ store: true }],
    [{ prompt_cache_key: 'k', prompt_cache_retention: '24h', prompt_cache_options: { mode: 'implicit' } }],
  ])('the hint %j', (fields) => {
    expect(definedFields(fields)).toEqual({ messages: parsedMessages });
  });
});

describe('an unsupported field is rejected by its name:', () => {
  test.each<[string, unknown]>([
    ['audio', { voice: 'alloy', format: 'mp3' }],
    ['logprobs', true],
    ['modalities', ['text', 'audio']],
    ['n', 2],
    ['reasoning_effort', 'extreme'],
  ])('%s of %j', (name, value) => {
    expect(refused({ [name]: value })).toMatch(new RegExp(`^${name}: [^:]+`));
  });
});

describe('an invalid field is rejected by its name:', () => {
  test.each<[string, object]>([
    ['temperature', { temperature: 2.1 }],
    ['temperature', { temperature: -0.1 }],
    ['temperature', { temperature: '1' }],
    ['top_p', { top_p: 1.01 }],
    ['frequency_penalty', { frequency_penalty: 2.5 }],
    ['presence_penalty', { presence_penalty: -2.5 }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['max_completion_tokens', { max_completion_tokens: '9' }],
    ['seed', { seed: 0.5 }],
    ['user', { user: 5 }],
    ['stop', { stop: [1] }],
    ['stream', { stream: 'yes' }],
    ['model', { model: 5 }],
    ['response_format.type', { response_format: { type: 'xml' } }],
    ['response_format', { response_format: 'json' }],
  ])('%s in %j', (name, fields) => {
    expect(refused(fields).split(': ')[0]).toBe(name);
  });

  test('a body without messages', () => {
    expect(refusalOf(() => parseOpenAiChatRequest({ model: 'm' }))).toBe('messages: must be a list of 1 to 10000.');
  });
});

describe('an unknown field is rejected with the nearest known one:', () => {
  test.each<[object, string]>([
    [{ maxTokens: 5 }, 'maxTokens: is not a known field: did you mean "max_tokens"?'],
    [{ reponse_format: {} }, 'reponse_format: is not a known field: did you mean "response_format"?'],
    [
      { stream_options: { include_usages: true } },
      'stream_options.include_usages: is not a known field: did you mean "include_usage"?',
    ],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {}, Strict: true } } },
      'response_format.json_schema.Strict: is not a known field: did you mean "strict"?',
    ],
  ])('%j', (fields, message) => {
    expect(refused(fields)).toBe(message);
  });

  test('a name of 5 MiB is neither compared nor repeated in full', () => {
    expect(refused({ ['x'.repeat(5 * 1024 * 1024)]: 1 }).length).toBeLessThan(200);
  });
});

describe('limits of the output', () => {
  test('accept either name, and both if they agree', () => {
    expect(call({ max_tokens: 5 }).maxTokens).toBe(5);
    expect(call({ max_completion_tokens: 6 }).maxTokens).toBe(6);
    expect(call({ max_tokens: 7, max_completion_tokens: 7 }).maxTokens).toBe(7);
  });
});

test('takes the lower of two limits and reports the other', () => {
  const translation = new TranslationReport();
  const parsed = parseOpenAiChatRequest({ messages, max_tokens: 5, max_completion_tokens: 6 }, translation);
  expect([parsed.maxTokens, translation.adjusted]).toEqual([5, [['max_completion_tokens']]]);
});

describe('response formats of other clients', () => {
  const schema = { type: 'object' };
  const named = { type: 'json_schema', name: 'response', schema };
  test.each<[object, object]>([
    [{ type: 'json_object', schema }, named],
    [
      { type: 'json_object', json_schema: { name: 'a', schema } },
      { ...named, name: 'a' },
    ],
    [{ type: 'json_schema', schema }, named],
    [{ type: 'json_schema', json_schema: { name: 'a b', schema } }, named],
    [{ type: 'json_schema', json_schema: { name: 'a' } }, { type: 'json_object' }],
    [{ type: 'json_schema' }, { type: 'json_object' }],
  ])('%j becomes %j', (response_format, expected) => {
    expect(call({ response_format }).responseFormat).toEqual(expected);
  });
});

describe('stop sequences', () => {
  test('can be one string, or as many as on the other routes', () => {
    expect(call({ stop: '\n' }).stop).toEqual(['\n']);
    expect(call({ stop: Array(20).fill('a') }).stop).toHaveLength(16);
    expect(call({ stop: ['', 'a'] }).stop).toEqual(['a']);
    expect(call({ stop: '' }).stop).toBeUndefined();
  });
});

test('safety_identifier takes precedence over user', () => {
  expect(call({ user: 'a', safety_identifier: 'b' }).userId).toBe('b');
});

describe('response formats', () => {
  const format = (description: string, schema: object) =>
    call({ response_format: { type: 'json_schema', json_schema: { name: 'r', description, schema, strict: null } } });

  test('JSON without a schema', () => {
    expect(call({ response_format: { type: 'json_object' } }).responseFormat).toEqual({ type: 'json_object' });
    // Together's and Fireworks' form of a schema.
    expect(call({ response_format: { type: 'json_object', schema: { type: 'object' } } }).responseFormat).toEqual({
      type: 'json_schema',
      name: 'response',
      schema: { type: 'object' },
    });
  });

  test('the description of the format moves into its schema', () => {
    expect(format('d', { type: 'object' }).responseFormat).toEqual({
      type: 'json_schema',
      name: 'r',
      schema: { type: 'object', description: 'd' },
    });
    expect(format('d', { description: 'd' }).responseFormat).toMatchObject({ schema: { description: 'd' } });
    expect(format('d', { description: 'e' }).responseFormat).toMatchObject({ schema: { description: 'e' } });
  });
});

test('a rejected field throws a GatewayError', () => {
  expect(() => call({ n: 3 })).toThrow(GatewayError);
});

describe('a body full of invalid entries is rejected at the first one:', () => {
  const long = (entry: unknown) => Array(3_000_000).fill(entry);
  test.each<[string, object, RegExp]>([
    ['messages', { messages: long(0) }, /^messages: must be a list/],
    ['parts', { messages: [{ role: 'user', content: long(0) }] }, /^messages\[0\]\.content: must be a list/],
    ['tool calls', { messages: [{ role: 'assistant', tool_calls: long(0) }] }, /^messages\[0\]\.tool_calls: must be/],
    ['tools', { tools: long(0) }, /^tools: must be a list/],
    ['functions', { functions: long(0) }, /^functions: must be a list/],
    [
      'fields',
      Object.fromEntries(Array.from({ length: 300_000 }, (_, index) => [`f${index}`, 0])),
      /^f0: is not a known field/,
    ],
    ['stops', { stop: long(0) }, /^stop: must be a list/],
    ['modalities', { modalities: long(0) }, /^modalities: must be/],
    [
      '10,000 messages',
      { messages: Array(10_000).fill({ role: 'user', content: Array(300).fill(0) }) },
      /^messages\[0\]\.content\[0\]/,
    ],
  ])('%s', (_, fields, message) => {
    expect(refused(fields)).toMatch(message);
  });
});
