import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultReplyText, providerKeys } from './provider-server/known-models.ts';
import { startProviderServer } from './provider-server/provider-server.ts';

const server = await startProviderServer({ models: ['vendor-large'] });
afterAll(() => server.close());
beforeEach(() => server.forget());

const user = { role: 'user', content: 'Hi' } as const;

describe("the vendors' clients read its replies", () => {
  const openai = new OpenAI({ baseURL: server.openAiBaseUrl, apiKey: providerKeys.openai, maxRetries: 0 });
  const anthropic = new Anthropic({ baseURL: server.anthropicBaseUrl, apiKey: providerKeys.anthropic, maxRetries: 0 });

  test('OpenAI, whole', async () => {
    const reply = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [user] });
    expect(reply.choices[0]?.message.content).toBe(defaultReplyText('openai'));
    expect(reply.choices[0]?.finish_reason).toBe('stop');
    expect(reply.model).toBe('gpt-4o-mini-2024-07-18');
    expect(reply.usage).toMatchObject({ prompt_tokens: 19, completion_tokens: 7, total_tokens: 26 });
  });

  test('OpenAI, streamed, with usage only on request', async () => {
    for (const include_usage of [true, false]) {
      const stream = await openai.chat.completions.create({
        model: 'gpt-4o-mini',
        messages: [user],
        stream: true,
        stream_options: { include_usage },
      });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(defaultReplyText('openai'));
      expect(chunks.at(-1)?.usage?.total_tokens).toBe(include_usage ? 26 : undefined);
    }
  });

  test('OpenAI embeddings', async () => {
    const { data, usage } = await openai.embeddings.create({
      model: 'text-embedding-3-small',
      input: ['a', 'b'],
      encoding_format: 'float',
    });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [0.25, -0.5],
      [0.25, -0.5],
    ]);
    expect(usage.prompt_tokens).toBe(8);
  });

  test('Anthropic, whole', async () => {
    const reply = await anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 100, messages: [user] });
    expect(reply.content).toEqual([{ type: 'text', text: defaultReplyText('anthropic') }]);
    expect(reply).toMatchObject({ model: 'claude-haiku-4-5-20251001', stop_reason: 'end_turn' });
    expect(reply.usage).toMatchObject({ input_tokens: 23, output_tokens: 9 });
  });

  test('Anthropic, streamed', async () => {
    const stream = anthropic.messages.stream({ model: 'claude-haiku-4-5', max_tokens: 100, messages: [user] });
    expect(await stream.finalText()).toBe(defaultReplyText('anthropic'));
    expect((await stream.finalMessage()).usage).toMatchObject({ input_tokens: 23, output_tokens: 9 });
  });

  test('a tool call, in both protocols', async () => {
    const request = { role: 'user', content: '[[scenario:tool-call]] weather?' } as const;
    const chat = openai.chat.completions.stream({ model: 'gpt-4o', messages: [request] });
    const [call] = (await chat.finalMessage()).tool_calls ?? [];
    expect(call).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Париж"}' } });
    const messages = anthropic.messages.stream({ model: 'claude-opus-4-6', max_tokens: 100, messages: [request] });
    expect((await messages.finalMessage()).content[0]).toMatchObject({ name: 'get_weather', input: { city: 'Париж' } });
  });

  test('an error in mid-stream', async () => {
    const failing = { role: 'user', content: '[[scenario:error-event]]' } as const;
    const chat = openai.chat.completions.stream({ model: 'gpt-4o', messages: [failing] });
    await expect(chat.finalContent()).rejects.toThrow('The server had an error');
    const messages = anthropic.messages.stream({ model: 'claude-opus-4-6', max_tokens: 100, messages: [failing] });
    await expect(messages.finalText()).rejects.toThrow('Overloaded');
  });
});

async function post(path: string, headers: Record<string, string>, body: unknown): Promise<[number, string]> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  const response = await fetch(server.url + path, {
    ...init,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return [response.status, await response.text()];
}

describe('OpenAI refuses', () => {
  const chat = async (more: object, headers: Record<string, string> = {}) => {
    const authorization = `Bearer ${providerKeys.openai}`;
    const body = { model: 'gpt-4o-mini', messages: [user], ...more };
    const [status, text] = await post('/v1/chat/completions', { authorization, ...headers }, body);
    return { status, ...JSON.parse(text).error };
  };
  const tool = { role: 'tool', tool_call_id: 'a', content: 'x' };

  test.each<[string, object, number, string, string | null]>([
    ['no model', { model: undefined }, 400, 'you must provide a model parameter', null],
    [
      'no messages',
      { messages: undefined },
      400,
      "Missing required parameter: 'messages'.",
      'missing_required_parameter',
    ],
    ['an unknown model', { model: 'gpt-9' }, 404, 'The model `gpt-9` does not exist', 'model_not_found'],
    ['an unknown parameter', { foo: 1 }, 400, 'Unrecognized request argument supplied: foo', null],
    ['an unknown field of a message', { messages: [{ ...user, x: 1 }] }, 400, "'messages[0].x'", 'unknown_parameter'],
    ['an unknown role', { messages: [{ ...user, role: 'bot' }] }, 400, "Invalid value: 'bot'.", 'invalid_value'],
    ['no content', { messages: [{ role: 'user' }] }, 400, "'messages[0].content'", 'missing_required_parameter'],
    ['a tool message without its call', { messages: [user, tool] }, 400, 'must be a response to a preceeding', null],
    ['a temperature above 2', { temperature: 3 }, 400, 'Expected a value <= 2, but got 3', 'decimal_above_max_value'],
    ['a temperature as text', { temperature: '1' }, 400, "Invalid type for 'temperature'", 'invalid_type'],
    ['a top_p below 0', { top_p: -1 }, 400, 'Expected a value >= 0', 'decimal_below_min_value'],
    ['no tokens at all', { max_tokens: 0 }, 400, "Invalid 'max_tokens': integer below", 'integer_below_min_value'],
    ['more tokens than the model has', { max_tokens: 16385 }, 400, 'at most 16384 completion tokens', 'invalid_value'],
    ['five stop sequences', { stop: ['a', 'b', 'c', 'd', 'e'] }, 400, 'maximum length 4', 'array_above_max_length'],
    ['stream_options without a stream', { stream_options: {} }, 400, "only allowed when 'stream' is enabled", null],
    ['a temperature for o3', { model: 'o3', temperature: 0.5 }, 400, 'Only the default (1)', 'unsupported_value'],
    ['top_p for gpt-5', { model: 'gpt-5', top_p: 0.5 }, 400, "'top_p' is not supported", 'unsupported_parameter'],
    ['stop for o4-mini', { model: 'o4-mini', stop: 'x' }, 400, "'stop' is not supported", 'unsupported_parameter'],
    ['reasoning_effort for gpt-4o', { reasoning_effort: 'low' }, 400, 'supplied: reasoning_effort', null],
  ])('%s', async (_what, more, status, message, code) => {
    const error = await chat(more);
    expect(error).toMatchObject({ status, code });
    expect(error.message).toContain(message);
  });

  test('max_tokens for reasoning models, with the error body of the real API', async () => {
    expect(await chat({ model: 'gpt-5-mini', max_tokens: 10 })).toEqual({
      status: 400,
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      type: 'invalid_request_error',
      param: 'max_tokens',
      code: 'unsupported_parameter',
    });
  });

  test('a wrong key, with parts of it in the error', async () => {
    const error = await chat({}, { authorization: 'Bearer sk-wrong-key-abcd' });
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(error.message).toContain('Incorrect API key provided: sk-wrong*****abcd.');
  });

  test('a missing key, another content type, and a body that is not JSON', async () => {
    expect(await chat({}, { authorization: '' })).toMatchObject({ status: 401, code: null });
    expect(await chat({}, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    const [status] = await post('/v1/chat/completions', { authorization: `Bearer ${providerKeys.openai}` }, '{');
    expect(status).toBe(400);
  });

  test('but not requests that the real API accepts', async () => {
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
    const conversation = [user, { role: 'assistant', tool_calls: [call] }, tool];
    for (const taken of [
      { model: 'o3', max_completion_tokens: 10, temperature: 1, reasoning_effort: 'low' },
      { model: 'gpt-5-2025-08-07', messages: [{ role: 'developer', content: 'x' }, user] },
      { messages: conversation, temperature: 2, top_p: 1, stop: 'x', max_tokens: 16384 },
      { model: 'vendor-large', max_tokens: 1e6 },
    ]) {
      expect(await chat(taken)).toEqual({ status: 200 });
    }
  });
});
