import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../../src/domain/request.ts';
import { createOllamaProvider } from '../../../../src/providers/ollama/ollama-provider.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { captureFetch } from '../capture-fetch.ts';

const call: ChatRequest = {
  model: 'llama3.2',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Привет 🌍' }] }],
};
const { signal } = new AbortController();

function provider(
  answer: () => Response | Promise<Response> = () => new Response('{}'),
  baseUrl = 'http://localhost:11434',
) {
  const { fetch, sent } = captureFetch(answer);
  return { ollama: createOllamaProvider(providerOptions(getDescriptor('ollama'), { baseUrl, fetch })), sent };
}

test('the provider says what it is', () => {
  expect(provider().ollama).toMatchObject({ id: 'ollama', name: 'Ollama', pricingVendor: null });
});

test.each(['http://localhost:11434', 'http://localhost:11434/', 'http://localhost:11434//'])(
  'posts the translated call below %s',
  async (baseUrl) => {
    const { ollama, sent } = provider(undefined, baseUrl);
    await ollama.send(call, { stream: true, signal });
    expect(sent[0]).toMatchObject({ url: 'http://localhost:11434/api/chat', method: 'POST' });
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      model: 'llama3.2',
      messages: [{ role: 'user', content: 'Привет 🌍' }],
      stream: true,
    });
  },
);

test('resolves with the reply as it came, its body unread', async () => {
  const { ollama } = provider(() => new Response('{"done":true}\n'));
  const response = await ollama.send(call, { stream: true, signal });
  expect(response.bodyUsed).toBe(false);
  expect(await response.text()).toBe('{"done":true}\n');
});

test('refuses what Ollama cannot take before anything is sent', async () => {
  const { ollama, sent } = provider();
  await expect(ollama.send({ ...call, toolChoice: 'required' }, { stream: false, signal })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('tool_choice'),
  });
  expect(sent).toEqual([]);
});

describe('a refusal', () => {
  const missing = 'model "llama9" not found, try pulling it first';

  test.each([
    [404, JSON.stringify({ error: missing }), 'not_found', `Ollama: ${missing}`],
    [404, '404 page not found', 'provider_error', 'Ollama failed (status 404).'],
    [400, '{"error":"invalid options"}', 'invalid_request', 'Ollama: invalid options'],
    [400, '{"error":{"code":1}}', 'invalid_request', 'Ollama: the request was refused (status 400).'],
    [401, '{"error":"unauthorized"}', 'provider_error', "Ollama refused this call's credentials (status 401)."],
    [500, '{"error":"llama runner process has terminated"}', 'provider_error', 'Ollama failed (status 500).'],
    [503, '', 'provider_error', 'Ollama failed (status 503).'],
  ])('%d %s is %s', async (status, body, code, message) => {
    const { ollama } = provider(() => new Response(body, { status }));
    await expect(ollama.send(call, { stream: true, signal })).rejects.toMatchObject({ code, message });
  });
});

describe('no answer', () => {
  test('is a provider error where there is no connection', async () => {
    const { ollama } = provider(() => Promise.reject(new TypeError('refused by 10.0.0.7')));
    await expect(ollama.send(call, { stream: true, signal })).rejects.toMatchObject({
      code: 'provider_error',
      message: 'Ollama could not be reached.',
    });
  });

  test('is the reason of an abort where there was one', async () => {
    const controller = new AbortController();
    const reason = new Error('left');
    const { ollama } = provider(() => {
      controller.abort(reason);
      return Promise.reject(new Error('aborted'));
    });
    await expect(ollama.send(call, { stream: true, signal: controller.signal })).rejects.toBe(reason);
  });
});
