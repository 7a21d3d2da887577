import { beforeAll, describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../../src/domain/request.ts';
import { createAnthropicProvider } from '../../../../src/providers/anthropic/anthropic-provider.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { captureFetch } from '../capture-fetch.ts';

/** The client is loaded with the first request, which takes its time where each module is a file. */
beforeAll(() => import('@anthropic-ai/sdk'), 60_000);

const apiKey = 'sk-ant-secret-key';
const call: ChatRequest = {
  model: 'claude-opus-4-8',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Привет 🌍' }] }],
};
const { signal } = new AbortController();
const ok = () => new Response('{}', { headers: { 'content-type': 'application/json' } });

function provider(answer: () => Response | Promise<Response> = ok, baseUrl = 'https://api.anthropic.com') {
  const { fetch, sent } = captureFetch(answer);
  const options = providerOptions(getDescriptor('claude'), { apiKey, baseUrl, fetch });
  return { claude: createAnthropicProvider(options), sent };
}

function refusal(status: number, type: string, message: string, headers: Record<string, string> = {}) {
  return () => Response.json({ type: 'error', error: { type, message }, request_id: 'req_1' }, { status, headers });
}

test('the provider says what it is', () => {
  expect(provider().claude).toMatchObject({
    id: 'claude',
    name: 'Claude',
    pricingVendor: 'anthropic',
    defaultModel: 'claude-haiku-4-5',
  });
});

describe('sending', () => {
  test('posts the translated call to Anthropic, in the API version that takes sampling parameters', async () => {
    const { claude, sent } = provider();
    await claude.send({ ...call, temperature: 0.5 }, { stream: false, signal });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ url: 'https://api.anthropic.com/v1/messages', method: 'POST' });
    expect(sent[0]?.headers.get('x-api-key')).toBe(apiKey);
    expect(sent[0]?.headers.get('authorization')).toBeNull();
    expect(sent[0]?.headers.get('anthropic-version')).toBe('2023-06-01');
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      model: 'claude-opus-4-8',
      max_tokens: 128_000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Привет 🌍' }] }],
      stream: false,
      temperature: 0.5,
    });
  });

  test('the user’s id goes as its hash where it tells who it is', async () => {
    const { claude, sent } = provider();
    await claude.send({ ...call, userId: 'ann@example.com' }, { stream: false, signal });
    const { metadata } = JSON.parse(sent[0]?.body ?? '');
    expect(metadata).toEqual({ user_id: '71d4f55f72fa128dfb468a1a3901507c804b74316488744d769d7f4b16696476' });
  });

  test.each(['http://localhost:9999/proxy', 'http://localhost:9999/proxy/'])(
    'takes %s as its base URL',
    async (baseUrl) => {
      const { claude, sent } = provider(ok, baseUrl);
      await claude.send(call, { stream: true, signal });
      expect(sent[0]?.url).toBe('http://localhost:9999/proxy/v1/messages');
    },
  );

  test('resolves with the reply as it came, its body unread', async () => {
    const body = 'event: ping\ndata: {"type":"ping"}\n\n';
    const { claude } = provider(() => new Response(body, { headers: { 'request-id': 'req_1' } }));
    const response = await claude.send(call, { stream: true, signal });
    expect(response.bodyUsed).toBe(false);
    expect(response.headers.get('request-id')).toBe('req_1');
    expect(await response.text()).toBe(body);
  });

  test('refuses what Claude cannot take before anything is sent', async () => {
    const { claude, sent } = provider();
    await expect(claude.send({ ...call, temperature: 1.5 }, { stream: false, signal })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('temperature'),
    });
    expect(sent).toEqual([]);
  });
});

describe('forwarding', () => {
  test("passes the caller's bytes and protocol headers on", async () => {
    const { claude, sent } = provider();
    const body = '{ "model": "claude-x",\n "messages": [], "unknown": "é🌍" }';
    const headers = { 'Anthropic-Version': '2026-10-21', 'anthropic-beta': 'one,two' };
    await claude.forward?.({ path: '/v1/messages/count_tokens', body, headers }, { stream: false, signal });
    expect(sent[0]).toMatchObject({ url: 'https://api.anthropic.com/v1/messages/count_tokens', body });
    expect(sent[0]?.headers.get('anthropic-version')).toBe('2026-10-21');
    expect(sent[0]?.headers.get('anthropic-beta')).toBe('one,two');
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
    expect(sent[0]?.headers.get('x-api-key')).toBe(apiKey);
    expect(sent[0]?.headers.get('authorization')).toBeNull();
  });

  test('names an API version where the caller names none', async () => {
    const { claude, sent } = provider();
    await claude.forward?.({ path: '/v1/messages', body: '{}' }, { stream: false, signal });
    expect(sent[0]?.headers.get('anthropic-version')).toBe('2023-06-01');
  });
});

describe('a refusal', () => {
  test.each([
    [400, 'invalid_request_error', 'max_tokens: 9 > 8', 'invalid_request', 'Claude: max_tokens: 9 > 8'],
    [404, 'not_found_error', 'model: claude-x', 'not_found', 'Claude: model: claude-x'],
    [404, 'not_found_error', 'Not Found', 'provider_error', 'Claude failed (status 404).'],
    [413, 'request_too_large', 'Too long', 'payload_too_large', 'Claude: Too long'],
    [
      401,
      'authentication_error',
      `invalid ${apiKey}`,
      'provider_error',
      "Claude refused this call's credentials (status 401).",
    ],
    [403, 'permission_error', 'Not you', 'provider_error', "Claude refused this call's credentials (status 403)."],
    [500, 'api_error', 'Oh no', 'provider_error', 'Claude failed (status 500).'],
    [529, 'overloaded_error', 'Overloaded', 'provider_error', 'Claude failed (status 529).'],
    [
      400,
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API.',
      'provider_error',
      'Claude has no quota left for this gateway.',
    ],
  ])('%d %s "%s" is %s', async (status, type, message, code, shown) => {
    const { claude, sent } = provider(refusal(status, type, message));
    await expect(claude.send(call, { stream: false, signal })).rejects.toMatchObject({ code, message: shown });
    expect(sent).toHaveLength(1);
  });

  test('429 says when to come again, and is not tried again here', async () => {
    const { claude, sent } = provider(refusal(429, 'rate_limit_error', 'Slow down', { 'retry-after': '7' }));
    await expect(claude.send(call, { stream: true, signal })).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 7,
    });
    expect(sent).toHaveLength(1);
  });

  test('the key is taken out of what is passed on', async () => {
    const { claude } = provider(refusal(400, 'invalid_request_error', `odd: ${apiKey}`));
    const shown = await claude.send(call, { stream: false, signal }).catch(String);
    expect(shown).toContain('odd: [redacted]');
  });

  test('a page instead of an error object is read as its status', async () => {
    const { claude } = provider(() => new Response('<html>Bad gateway</html>', { status: 502 }));
    await expect(claude.send(call, { stream: false, signal })).rejects.toMatchObject({
      message: 'Claude failed (status 502).',
    });
  });
});

describe('no answer', () => {
  test('is a provider error where there is no connection', async () => {
    const { claude } = provider(() => Promise.reject(new TypeError(`refused, key ${apiKey}`)));
    await expect(claude.send(call, { stream: false, signal })).rejects.toMatchObject({
      code: 'provider_error',
      message: 'Claude could not be reached.',
    });
  });

  test.each(['before', 'while'])('is the reason of an abort that came %s it was waited for', async (when) => {
    const controller = new AbortController();
    const reason = new Error('left');
    if (when === 'before') controller.abort(reason);
    const { claude, sent } = provider(
      () =>
        new Promise((_, reject) => {
          const follow = sent[0]?.signal;
          follow?.addEventListener('abort', () => reject(follow.reason));
          controller.abort(reason);
        }),
    );
    await expect(claude.send(call, { stream: true, signal: controller.signal })).rejects.toBe(reason);
  });
});

test("the request follows the caller's own signal, also while its reply is read", async () => {
  const controller = new AbortController();
  const { claude, sent } = provider();
  await claude.send(call, { stream: true, signal: controller.signal });
  controller.abort();
  expect(sent[0]?.signal.aborted).toBe(true);
});
