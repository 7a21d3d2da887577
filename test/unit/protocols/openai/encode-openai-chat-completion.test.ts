import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { ContentPart } from '../../../../src/domain/request.ts';
import type { FinishReason, TokenUsage } from '../../../../src/domain/response.ts';
import { encodeOpenAiChatCompletion } from '../../../../src/protocols/openai/encode-openai-chat-completion.ts';
import type { ChatUsage } from '../../../../src/protocols/openai/openai-chat-api-types.ts';
import { parseOpenAiMessages } from '../../../../src/protocols/openai/parse-openai-messages.ts';
import { clientAnswered, request } from './sdk-client.ts';

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'claude-x' };
const text = (words: string): ContentPart => ({ type: 'text', text: words });
const call = (id: string): ContentPart => ({
  type: 'tool_call',
  id,
  name: `tool_${id}`,
  argumentsJson: `{"id":"${id}"}`,
});

interface Reply {
  readonly content?: readonly ContentPart[];
  readonly refusal?: string | undefined;
  readonly finishReason?: FinishReason;
  readonly usage?: TokenUsage;
}

function completionOf({ content = [], refusal, finishReason = 'stop', usage = {} }: Reply, legacyFunctions = false) {
  return encodeOpenAiChatCompletion({ content, refusal, finishReason, usage }, { ...head, legacyFunctions });
}

const choiceOf = (reply: Reply, legacyFunctions = false) => completionOf(reply, legacyFunctions).choices[0];

/** As the official client hands it to its caller. */
async function received(reply: Reply) {
  const body = JSON.stringify(completionOf(reply));
  return await clientAnswered(body, { 'content-type': 'application/json' }).chat.completions.create(request);
}

test('a text reply has the format of OpenAI', async () => {
  const usage = { input: 10, output: 5, cacheRead: 4, cacheWrite: 2, cacheWriteOneHour: 1, reasoning: 3 };
  const completion = await received({ content: [text('a'), text('b')], usage });
  expect(completion).toEqual({
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'ab', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 3 },
    },
  });
});

test('the types match those of the official client', () => {
  const completion = completionOf({ usage: { input: 1, output: 2 } });
  // Compiles only if they match.
  const typed: OpenAI.ChatCompletion = { ...completion, usage: completion.usage as Required<ChatUsage> };
  expect(typed.usage?.total_tokens).toBe(3);
});

describe('usage', () => {
  test.each<[string, TokenUsage, object | undefined]>([
    ['without counts', {}, undefined],
    ['with reasoning tokens alone', { reasoning: 3 }, undefined],
    ['without output', { input: 5 }, { prompt_tokens: 5 }],
    ['without input', { output: 5 }, { completion_tokens: 5 }],
    ['of zero tokens', { input: 0, output: 0 }, { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
    [
      'with no cached tokens',
      { input: 1, output: 1, cacheRead: 0 },
      { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, prompt_tokens_details: { cached_tokens: 0 } },
    ],
    [
      'with tokens written to the cache',
      { input: 1, output: 1, cacheWrite: 1 },
      { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, prompt_tokens_details: { cache_write_tokens: 1 } },
    ],
  ])('%s', (_, usage, wire) => {
    expect(completionOf({ usage }).usage).toEqual(wire);
    expect('usage' in completionOf({ usage })).toBe(wire !== undefined);
  });
});

describe('the finish reason', () => {
  test.each<[FinishReason, string | undefined, string]>([
    ['stop', undefined, 'stop'],
    ['length', undefined, 'length'],
    ['length', 'I will not', 'length'],
    ['tool_calls', undefined, 'tool_calls'],
    ['content_filter', undefined, 'content_filter'],
    ['content_filter', '', 'content_filter'],
    ['content_filter', 'I will not', 'stop'],
    ['other', undefined, 'stop'],
  ])('%s with the refusal %j is %s', (finishReason, refusal, wire) => {
    expect(choiceOf({ content: [text('a')], finishReason, refusal }).finish_reason).toBe(wire);
  });
});

describe('content', () => {
  test.each<[string, Reply, string | null]>([
    ['is empty in an empty reply', {}, ''],
    ['is null beside tool calls', { content: [call('a')] }, null],
    ['is null beside a refusal', { refusal: 'no' }, null],
    ['is there beside tool calls and a refusal', { content: [text('a'), call('b')], refusal: 'no' }, 'a'],
  ])('%s', (_, reply, content) => {
    expect(choiceOf(reply).message.content).toBe(content);
  });

  test('of a refusal is in the field refusal', async () => {
    const completion = await received({ refusal: 'I will not', finishReason: 'content_filter' });
    expect(completion.choices[0]).toMatchObject({ message: { refusal: 'I will not' }, finish_reason: 'stop' });
  });
});

test('tool calls and reasoning are unchanged when the client sends them back', async () => {
  const thought: ContentPart = { type: 'reasoning', text: 'hm', signature: 'sig' };
  const completion = await received({
    content: [thought, text('a'), call('x'), call('y')],
    finishReason: 'tool_calls',
  });
  const message = completion.choices[0]?.message;
  expect(message).toEqual({
    role: 'assistant',
    content: 'a',
    refusal: null,
    reasoning_content: 'hm',
    tool_calls: [
      { id: 'x', type: 'function', function: { name: 'tool_x', arguments: '{"id":"x"}' } },
      { id: 'y', type: 'function', function: { name: 'tool_y', arguments: '{"id":"y"}' } },
    ],
  });
  expect(parseOpenAiMessages([message])).toEqual([
    { role: 'assistant', content: [{ type: 'reasoning', text: 'hm' }, text('a'), call('x'), call('y')] },
  ]);
});

test('an empty reply is accepted when the client sends it back', async () => {
  const completion = await received({});
  expect(parseOpenAiMessages([completion.choices[0]?.message])).toEqual([{ role: 'assistant', content: [] }]);
});

test('a client that sends functions gets the first tool call as a function call', () => {
  const choice = choiceOf({ content: [call('x'), call('y')], finishReason: 'tool_calls' }, true);
  expect(choice).toEqual({
    index: 0,
    message: {
      role: 'assistant',
      content: null,
      refusal: null,
      function_call: { name: 'tool_x', arguments: '{"id":"x"}' },
    },
    logprobs: null,
    finish_reason: 'function_call',
  });
});
