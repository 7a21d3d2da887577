import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { ChatRequest } from '../../../../src/domain/request.ts';
import { createOpenAiProvider } from '../../../../src/providers/openai/openai-provider.ts';
import type { ProviderOptions } from '../../../../src/providers/provider.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';

/** The client is loaded with the first request, which takes its time where each module is a file. */
beforeAll(() => import('openai'), 60_000);

const call: ChatRequest = {
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
};
const { signal } = new AbortController();

/** A provider whose requests are kept, and answered by `answer`. */
function providerWith(answer: () => Response | Promise<Response>, changes: Partial<ProviderOptions> = {}) {
  const requests: { request: Request; body: string; signal: AbortSignal | null | undefined }[] = [];
  const fetch: ProviderOptions['fetch'] = async (input, init) => {
    const request = new Request(input, init);
    requests.push({ request, body: await request.text(), signal: init?.signal });
    return answer();
  };
  const options = providerOptions(getDescriptor('openai'), { apiKey: 'sk-secret-key', fetch, ...changes });
  const provider = createOpenAiProvider(options);
  return { provider, requests };
}

const ok = () => new Response('{}');
const failWith = (status: number, body: string, headers: Record<string, string> = {}) =>
  providerWith(() => new Response(body, { status, headers })).provider.send(call, { stream: false, signal });
const failure = (sending: Promise<unknown>) =>
  sending.then(
    () => expect.unreachable(),
    (thrown: unknown) => thrown,
  );

describe('a request', () => {
  test('goes to the chat completions of OpenAI, with the key and the call', async () => {
    const { provider, requests } = providerWith(ok);
    await provider.send(call, { stream: false, signal });
    const { request, body } = requests[0] ?? expect.unreachable();
    expect([request.method, request.url]).toEqual(['POST', 'https://api.openai.com/v1/chat/completions']);
    expect(request.headers.get('authorization')).toBe('Bearer sk-secret-key');
    expect(request.headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(body)).toEqual({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] });
  });

  test.each(['https://vendor.example/v1', 'https://vendor.example/v1/'])('goes below the base URL %s', async (url) => {
    const { provider, requests } = providerWith(ok, { baseUrl: url });
    await provider.send(call, { stream: true, signal });
    expect(requests[0]?.request.url).toBe('https://vendor.example/v1/chat/completions');
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test.each([undefined, ''])('has no Authorization where there is no key (%j)', async (apiKey) => {
    const { provider, requests } = providerWith(ok, { apiKey });
    await provider.send(call, { stream: false, signal });
    expect(requests[0]?.request.headers.has('authorization')).toBe(false);
  });

  test('has the user’s id as its hash where it is longer than OpenAI takes', async () => {
    const { provider, requests } = providerWith(ok);
    await provider.send({ ...call, userId: 'a'.repeat(65) }, { stream: false, signal });
    expect(JSON.parse(requests[0]?.body ?? '').safety_identifier).toMatch(/^[0-9a-f]{64}$/);
  });

  test('has the caller’s own signal', async () => {
    const { provider, requests } = providerWith(ok);
    await provider.send(call, { stream: false, signal });
    expect(requests[0]?.signal).toBe(signal);
  });

  test('resolves with the reply as it came, its body unread', async () => {
    const reply = new Response('data: [DONE]\n\n', { headers: { 'content-type': 'text/event-stream' } });
    const { provider } = providerWith(() => reply);
    const received = await provider.send(call, { stream: true, signal });
    expect(received).toBe(reply);
    expect(received.bodyUsed).toBe(false);
  });
});

describe('the defaults of the official client are off', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test('nothing is read from the environment', async () => {
    for (const name of ['API_KEY', 'ADMIN_KEY', 'ORG_ID', 'PROJECT_ID']) vi.stubEnv(`OPENAI_${name}`, 'from-env');
    vi.stubEnv('OPENAI_BASE_URL', 'https://env.example/v1');
    const { provider, requests } = providerWith(ok, { apiKey: undefined });
    await provider.send(call, { stream: false, signal });
    const { request } = requests[0] ?? expect.unreachable();
    expect(request.url).toBe('https://api.openai.com/v1/chat/completions');
    expect([...request.headers.values()].join()).not.toContain('from-env');
    expect(request.headers.has('openai-organization')).toBe(false);
  });

  test('nothing is logged or retried', async () => {
    const spies = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level));
    const { provider, requests } = providerWith(() => new Response('down', { status: 503 }));
    await failure(provider.send(call, { stream: false, signal }));
    expect(requests).toHaveLength(1);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });
});

describe('forwarding', () => {
  test('sends the body byte for byte, to the path and with the headers given', async () => {
    const { provider, requests } = providerWith(ok);
    const body = '{ "model":"gpt-4o-mini",\n "n": 1.0, "x":"\\u00e9 é 👋", "n": 2 }';
    await provider.forward?.({ path: '/embeddings', body, headers: { 'x-beta': 'a' } }, { stream: false, signal });
    const { request, body: sent } = requests[0] ?? expect.unreachable();
    expect(sent).toBe(body);
    expect(request.url).toBe('https://api.openai.com/v1/embeddings');
    expect(request.headers.get('x-beta')).toBe('a');
    expect(request.headers.get('content-type')).toBe('application/json');
  });
});

describe('a failure', () => {
  test.each([
    ['OpenAI’s own shape', '{"error":{"message":"max_tokens is too large","type":"x"}}', 'max_tokens is too large'],
    ['a bare string', '{"error":"max_tokens is too large"}', 'max_tokens is too large'],
    ['no error around it', '{"object":"error","message":"top_k is unknown","code":400}', 'top_k is unknown'],
    ['a list around it', '[{"error":{"code":400,"message":"top_k is unknown"}}]', 'top_k is unknown'],
    ['a detail', '{"detail":"top_k is unknown"}', 'top_k is unknown'],
    ['places', '{"detail":[{"loc":["body","n"],"msg":"too big"},{"msg":"bad"}]}', 'body.n: too big; bad'],
    ['plain text', 'Bad request: stop', 'Bad request: stop'],
    ['HTML', '<html><body>Bad</body></html>', 'the request was refused (status 400).'],
    ['nothing', '', 'the request was refused (status 400).'],
  ])('that the client can fix keeps the message of the provider: %s', async (_name, body, message) => {
    expect(await failure(failWith(400, body))).toMatchObject({
      code: 'invalid_request',
      message: `OpenAI: ${message}`,
    });
  });

  test('by an unknown model is not_found', async () => {
    const body = '{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}';
    expect(await failure(failWith(404, body))).toMatchObject({ code: 'not_found' });
  });

  test.each(['retry-after', 'retry-after-ms'])('by too many requests says when to come back (%s)', async (header) => {
    const value = header === 'retry-after' ? '7' : '6500';
    expect(await failure(failWith(429, '{"error":{"message":"slow"}}', { [header]: value }))).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 7,
    });
  });

  test('by a used-up quota is the gateway’s, and is not worth another try', async () => {
    const body = '{"error":{"message":"check your plan","type":"insufficient_quota","code":"insufficient_quota"}}';
    expect(await failure(failWith(429, body))).toMatchObject({ code: 'provider_error', retryable: false });
  });

  test.each([401, 403])('by credentials (%i) gives away neither the text nor the key', async (status) => {
    const error = await failure(failWith(status, '{"error":{"message":"Incorrect API key: sk-secret-key"}}'));
    expect(error).toMatchObject({ code: 'provider_error', retryable: false });
    expect(String(error)).not.toMatch(/sk-|Incorrect/);
  });

  test('never repeats the key', async () => {
    const error = await failure(failWith(400, '{"error":{"message":"Your sk-secret-key may not use n"}}'));
    expect(error).toMatchObject({ message: 'OpenAI: Your [redacted] may not use n' });
  });

  test.each([
    [408, 'provider_timeout'],
    [500, 'provider_error'],
    [529, 'provider_error'],
  ])('by status %i is %s', async (status, code) => {
    expect(await failure(failWith(status, 'timed out'))).toMatchObject({ code, retryable: true });
  });

  test('reads no more of an endless body than a message needs', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16 * 1024).fill(65));
      },
    });
    const { provider } = providerWith(() => new Response(endless, { status: 500 }));
    expect(await failure(provider.send(call, { stream: false, signal }))).toMatchObject({ code: 'provider_error' });
    expect(pulled).toBeLessThan(10);
  });

  test('to connect is provider_error, and keeps its reason to itself', async () => {
    const { provider } = providerWith(() => Promise.reject(new TypeError('connect 10.0.0.7:443 timed out')));
    const error = await failure(provider.send(call, { stream: false, signal }));
    expect(error).toMatchObject({ code: 'provider_error', message: 'OpenAI could not be reached.' });
  });
});

describe('an abort', () => {
  const reason = new GatewayError('provider_timeout', 'OpenAI did not answer within 60 s.');
  const untilAborted = (aborting: AbortSignal) =>
    new Promise<Response>((_resolve, reject) => aborting.addEventListener('abort', () => reject(aborting.reason)));

  test('while waiting for the reply throws its reason', async () => {
    const controller = new AbortController();
    const { provider } = providerWith(() => {
      queueMicrotask(() => controller.abort(reason));
      return untilAborted(controller.signal);
    });
    expect(await failure(provider.send(call, { stream: false, signal: controller.signal }))).toBe(reason);
  });

  test('while reading an error that never ends throws its reason', async () => {
    const controller = new AbortController();
    const silent = new ReadableStream({
      async pull() {
        controller.abort(reason);
        throw reason;
      },
    });
    const { provider } = providerWith(() => new Response(silent, { status: 500 }));
    expect(await failure(provider.send(call, { stream: false, signal: controller.signal }))).toBe(reason);
  });

  test('before the request sends nothing', async () => {
    const { provider, requests } = providerWith(ok);
    const aborted = AbortSignal.abort(reason);
    expect(await failure(provider.send(call, { stream: false, signal: aborted }))).toBe(reason);
    expect(requests).toHaveLength(0);
  });
});
