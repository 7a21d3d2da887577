import { afterAll, describe, expect, test } from 'vitest';
import { defaultReplyText, providerKeys } from './provider-server/known-models.ts';
import { startProviderServer } from './provider-server/provider-server.ts';

const server = await startProviderServer();
afterAll(() => server.close());

const user = { role: 'user', content: 'Hi' };
const assistant = { role: 'assistant', content: 'Hello' };

async function post(path: string, headers: Record<string, string>, body: object): Promise<[number, unknown]> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  const response = await fetch(server.url + path, { ...init, body: JSON.stringify(body) });
  return [response.status, await response.json()];
}

describe('Anthropic refuses', () => {
  const version = { 'anthropic-version': '2023-06-01' };
  const messages = async (
    more: object,
    headers: Record<string, string> = { 'x-api-key': providerKeys.anthropic, ...version },
  ) => {
    const body = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [user], ...more };
    const [status, reply] = await post('/v1/messages', headers, body);
    return [status, Reflect.get(Object(reply), 'error')];
  };
  const text = (value: string) => ({ role: 'user', content: [{ type: 'text', text: value }] });
  const toolUse = { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }] };
  const toolResult = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }] };

  test.each<[string, object, string]>([
    ['no max_tokens', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['no messages', { messages: undefined }, 'messages: Field required'],
    ['max_tokens of 0', { max_tokens: 0 }, 'max_tokens: must be greater than or equal to 1'],
    [
      'max_tokens above the maximum of the model',
      { max_tokens: 64001 },
      'max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4-5',
    ],
    [
      'a system message',
      { messages: [{ role: 'system', content: 'x' }, user] },
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    ],
    ['a temperature above 1', { temperature: 1.5 }, 'temperature: range: 0..1'],
    ['an unknown field', { foo: 1 }, 'foo: Extra inputs are not permitted'],
    ['a field of OpenAI', { stream_options: {} }, 'stream_options: Extra inputs are not permitted'],
    [
      'an unknown field of a message',
      { messages: [{ ...user, x: 1 }] },
      'messages.0.x: Extra inputs are not permitted',
    ],
    ['an empty text', { messages: [text('')] }, 'messages: text content blocks must be non-empty'],
    ['a blank text', { messages: [text(' \n')] }, 'messages: text content blocks must contain non-whitespace text'],
    ['a blank system', { system: [{ type: 'text', text: '' }] }, 'system: text content blocks must be non-empty'],
    [
      'an empty message',
      { messages: [{ role: 'user', content: '' }] },
      'messages.0: all messages must have non-empty content except for the optional final assistant message',
    ],
    ['no message', { messages: [] }, 'messages: at least one message is required'],
    ['an assistant who begins', { messages: [assistant, user] }, 'messages: first message must use the "user" role'],
    [
      'two users in a row',
      { messages: [user, user] },
      'messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
    ],
    ['an empty stop sequence', { stop_sequences: [''] }, 'stop_sequences: each stop sequence must be non-empty'],
    [
      'a blank stop sequence',
      { stop_sequences: ['\n'] },
      'stop_sequences: each stop sequence must contain non-whitespace',
    ],
    [
      'a prefill that ends in a space',
      { messages: [user, { ...assistant, content: 'So ' }] },
      'messages: final assistant content cannot end with trailing whitespace',
    ],
    [
      'a prefill for a model without it',
      { model: 'claude-opus-4-6', messages: [user, assistant] },
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    ],
    [
      'temperature and top_p together',
      { temperature: 1, top_p: 1 },
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    ],
    [
      'a temperature for the newest models',
      { model: 'claude-opus-4-8', temperature: 0.5 },
      '`temperature` is deprecated for this model.',
    ],
    [
      'a tool call without its result',
      { messages: [user, toolUse, user] },
      'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
    ],
    [
      'a tool result without its call',
      { messages: [toolResult] },
      'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
    ],
    [
      'a tool choice without tools',
      { tool_choice: { type: 'any' } },
      'tool_choice: may only be specified while providing tools',
    ],
  ])('%s', async (_what, more, message) => {
    expect(await messages(more)).toEqual([400, { type: 'invalid_request_error', message }]);
  });

  test('an unknown model', async () => {
    expect(await messages({ model: 'claude-9' })).toEqual([
      404,
      { type: 'not_found_error', message: 'model: claude-9' },
    ]);
  });

  test('a missing key, a wrong key, and a missing version', async () => {
    const refused = (message: string) => [401, { type: 'authentication_error', message }];
    expect(await messages({}, version)).toEqual(refused('x-api-key header is required'));
    expect(await messages({}, { 'x-api-key': 'nope', ...version })).toEqual(refused('invalid x-api-key'));
    const [status, error] = await messages({}, { 'x-api-key': providerKeys.anthropic });
    expect([status, error.message]).toEqual([400, 'anthropic-version: header is required']);
  });

  test('sampling parameters in the API version without them', async () => {
    const newest = { 'x-api-key': providerKeys.anthropic, 'anthropic-version': '2026-10-21' };
    const message = 'temperature: Extra inputs are not permitted';
    expect(await messages({ temperature: 1 }, newest)).toEqual([400, { type: 'invalid_request_error', message }]);
    expect(await messages({}, newest)).toEqual([200, undefined]);
  });

  test('but not requests that the real API accepts', async () => {
    for (const taken of [
      { messages: [user, toolUse, toolResult], system: 'x', temperature: 1, stop_sequences: ['END'] },
      { messages: [user, { ...assistant, content: 'So' }] },
      { model: 'claude-3-haiku-20240307', max_tokens: 4096, temperature: 0, top_p: 0.5 },
    ]) {
      expect(await messages(taken)).toEqual([200, undefined]);
    }
  });
});

describe('Ollama refuses', () => {
  const chat = (more: object) => post('/api/chat', {}, { model: 'llama3.2', messages: [user], stream: false, ...more });

  test.each<[string, object, number, string]>([
    ['no model', { model: undefined }, 400, 'model is required'],
    ['no messages', { messages: undefined }, 400, 'messages is required'],
    ['an unknown model', { model: 'x' }, 404, 'model "x" not found, try pulling it first'],
    ['a temperature as text', { options: { temperature: '1' } }, 400, 'option "temperature" must be of type float32'],
    ['a stop that is no list', { options: { stop: 'x' } }, 400, 'option "stop" must be of type array'],
    [
      'an image by its address',
      { messages: [{ ...user, images: ['https://example.com/a.png'] }] },
      400,
      'illegal base64 data at input byte 5',
    ],
    [
      'content in parts',
      { messages: [{ role: 'user', content: [] }] },
      400,
      'json: cannot unmarshal array into Go struct field ChatRequest.messages.content',
    ],
  ])('%s', async (_what, more, status, error) => {
    expect(await chat(more)).toEqual([status, { error }]);
  });

  test('but not its native fields', async () => {
    const [status, reply] = await chat({ model: 'llama3.2:3b', options: { num_predict: 5, stop: ['x'], seed: 1 } });
    expect(status).toBe(200);
    expect(reply).toMatchObject({
      message: { content: defaultReplyText('ollama') },
      done_reason: 'stop',
      eval_count: 5,
    });
  });
});
