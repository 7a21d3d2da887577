import { beforeAll, describe, expect, test } from 'vitest';
import { createTenant, joinChunks, ledgerRows, type NativeEvent, post, readEvents, variables } from './gateway.ts';

const providers = ['openai', 'claude', 'ollama'] as const;
let tenant: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  tenant = await createTenant();
});

/** Nothing that a caller reads may say what the gateway's own credentials are, or what a provider says of them. */
function expectNoSecrets(text: string): void {
  for (const secret of [variables.OPENAI_API_KEY, variables.ANTHROPIC_API_KEY]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(secret?.slice(0, 12));
    expect(text).not.toContain(secret?.slice(-6));
  }
  expect(text).not.toMatch(/incorrect api key|invalid x-api-key|authentication_error|platform\.openai/i);
}

async function call(path: string, provider: string, scenario: string) {
  const response = await post(path, { prompt: `[[scenario:${scenario}]] go`, provider }, { 'x-api-key': tenant.key });
  const text = await response.text();
  expectNoSecrets(text + JSON.stringify([...response.headers]));
  return { response, text };
}

async function expectPlainError(path: string, provider: string, scenario: string, status: number, code: string) {
  const { response, text } = await call(path, provider, scenario);
  expect([scenario, response.status, JSON.parse(text).error.code]).toEqual([scenario, status, code]);
  expect(response.headers.get('content-type')).toBe('application/json');
  return response;
}

/** A stream that had begun: any chunks, then exactly one `error` as its last event. */
async function expectErrorEvent(provider: string, scenario: string, code: string): Promise<NativeEvent[]> {
  const { response, text } = await call('/stream', provider, scenario);
  expect([scenario, response.status]).toEqual([scenario, 200]);
  const events = await readEvents(new Response(text));
  expect(events.map(({ type }) => type).filter((type) => type === 'done' || type === 'error')).toEqual(['error']);
  expect(events.at(-1)).toEqual({ type: 'error', code, message: expect.any(String), requestId: events[0]?.requestId });
  return events;
}

describe.each(providers)('%s', (provider) => {
  test.concurrent.each([
    ['status code=401', 502, 'provider_error'],
    ['status code=402', 502, 'provider_error'],
    ['status code=403', 502, 'provider_error'],
    ['status code=408', 504, 'provider_timeout'],
    ['status code=409', 502, 'provider_error'],
    ['status code=413', 413, 'payload_too_large'],
    ['status code=422', 422, 'unprocessable'],
    ['status code=429 retryAfter=7', 429, 'rate_limited'],
    ['status code=500', 502, 'provider_error'],
    ['status code=503', 502, 'provider_error'],
    ['status code=529', 502, 'provider_error'],
    ['html code=502', 502, 'provider_error'],
    ['silence', 504, 'provider_timeout'],
  ])('%s is a plain error, streamed or not', async (scenario, status, code) => {
    const paths = ['/api/chat/completions', '/stream'];
    const responses = paths.map((path) => expectPlainError(path, provider, scenario, status, code));
    for (const { headers } of await Promise.all(responses)) {
      expect(headers.get('retry-after')).toBe(status === 429 ? '7' : null);
    }
  });

  test.concurrent.each([
    ['broken-json', 502, 'provider_error'],
    ['html code=200', 502, 'provider_error'],
    ['cut', 502, 'provider_error'],
    ['error-event', 502, 'provider_error'],
    ['headers-then-reset', 502, 'provider_error'],
    ['silence-after-headers', 504, 'provider_timeout'],
    ['silence after=1', 504, 'provider_timeout'],
  ])('%s fails a whole reply', async (scenario, status, code) => {
    await expectPlainError('/api/chat/completions', provider, scenario, status, code);
  });

  test.concurrent.each([
    ['cut after=3', 'provider_error'],
    ['cut after=0 mid=character', 'provider_error'],
    ['clean-cut after=3', 'provider_error'],
    ['cut after=end', 'provider_error'],
    ['error-event after=2', 'provider_error'],
    ['broken-json after=2', 'provider_error'],
    ['silence after=2', 'provider_timeout'],
    ['silence-after-headers', 'provider_timeout'],
    ['headers-then-reset', 'provider_error'],
    ['html code=200', 'provider_error'],
  ])('%s ends a stream in one error event', async (scenario, code) => {
    await expectErrorEvent(provider, scenario, code);
  });

  test('a clean end before the terminator is an error, unless the finish reason has come', async () => {
    const scenario = 'clean-cut after=end';
    if (provider !== 'openai') return void (await expectErrorEvent(provider, scenario, 'provider_error'));
    const { text } = await call('/stream', provider, scenario);
    const events = await readEvents(new Response(text));
    expect(events.at(-1)).toMatchObject({ type: 'done', finishReason: 'stop', tokensOut: 7 });
  });

  test('text that arrives before a failure reaches the client', async () => {
    const events = await expectErrorEvent(provider, 'error-event after=3', 'provider_error');
    const whole = await readEvents(await post('/stream', { prompt: 'go', provider }, { 'x-api-key': tenant.key }));
    expect(joinChunks(events)).not.toBe('');
    expect(joinChunks(whole).startsWith(joinChunks(events))).toBe(true);
  });

  test('an unknown model is not found, with the provider’s message', async () => {
    for (const path of ['/api/chat/completions', '/stream']) {
      const body = { prompt: 'Hi', provider, model: 'no-such-model' };
      const response = await post(path, body, { 'x-api-key': tenant.key });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: { code: 'not_found', message: expect.stringContaining('no-such-model') },
      });
    }
  });
});

test('an exhausted quota is no rate limit: a retry does not help', async () => {
  const { response } = await call('/stream', 'openai', 'status code=429 kind=insufficient_quota');
  expect([response.status, response.headers.get('x-should-retry')]).toEqual([502, 'false']);
});

test.each(providers)('%s: text arrives complete at every network cut and with any line breaks', async (provider) => {
  const headers = { 'x-api-key': tenant.key };
  const read = async (scenario: string) =>
    joinChunks(await readEvents(await post('/stream', { prompt: `[[scenario:${scenario}]]`, provider }, headers)));
  const [plain, bytes, crlf, both] = await Promise.all(
    ['unicode', 'unicode,bytes', 'unicode,crlf', 'unicode,bytes,crlf'].map(read),
  );
  const whole = await post('/api/chat/completions', { prompt: '[[scenario:unicode]]', provider }, headers);
  const { content } = await whole.json<{ content: string }>();
  expect(content).toContain('👩‍👩‍👧‍👦');
  expect([plain, bytes, crlf, both]).toEqual([content, content, content, content]);
});

test('ends a broken stream in the protocol of its route, also where the headers match another one', async () => {
  const messages = [{ role: 'user', content: '[[scenario:cut after=3]] go' }];
  const body = { model: 'gpt-4o-mini', stream: true, stream_options: { include_usage: true }, messages };
  const headers = { 'x-api-key': tenant.key, 'anthropic-version': '2023-06-01' };
  const events = (await (await post('/v1/chat/completions', body, headers)).text()).trim().split('\n\n');
  expect(JSON.parse(events.at(-1)?.slice('data: '.length) ?? '')).toEqual({
    error: { message: expect.any(String), type: 'server_error', param: null, code: 'provider_error' },
  });
});

test('a refused call costs nothing, and the output of a broken-off one is estimated and billed', async () => {
  const { tenantId, key } = await createTenant();
  const send = async (path: string, scenario: string) =>
    (await post(path, { prompt: `[[scenario:${scenario}]] go`, provider: 'openai' }, { 'x-api-key': key })).text();
  await send('/stream', 'status code=500');
  await send('/stream', 'cut after=3');
  await send('/api/chat/completions', 'silence');
  const [refused, cut, silent] = await ledgerRows(tenantId, 3);
  const failed = { status: 'failed', finishReason: null };
  const skipAttemptCount = { inputTokens: null, outputTokens: null, tokenSource: 'none' };
  expect(refused).toMatchObject({ ...failed, ...skipAttemptCount, errorCode: 'provider_error', costNanoUsd: 0n });
  expect(silent).toMatchObject({ ...failed, ...skipAttemptCount, errorCode: 'provider_timeout', costNanoUsd: null });
  expect(cut).toMatchObject({ ...failed, tokenSource: 'estimated', errorCode: 'provider_error' });
  expect(cut?.inputTokens).toBeGreaterThan(0);
  expect(cut?.outputTokens).toBeGreaterThan(0);
  const { inputTokens, outputTokens } = cut ?? {};
  expect(cut?.costNanoUsd).toBe(BigInt(inputTokens ?? 0) * 150n + BigInt(outputTokens ?? 0) * 600n);
});
