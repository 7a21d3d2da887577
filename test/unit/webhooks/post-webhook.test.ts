import { describe, expect, it, vi } from 'vitest';
import { postWebhook } from '../../../src/webhooks/post-webhook.ts';

const message = { url: 'https://example.com/in', headers: { 'webhook-id': 'whd_1' }, body: '{}', timeoutMs: 1_000 };
const post = (response: () => Promise<Response>) => postWebhook(vi.fn<typeof fetch>(response), message);

describe('postWebhook', () => {
  it('posts the body with its headers and follows no redirect', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response(null, { status: 204 }));
    expect(await postWebhook(fetch, message)).toEqual({ statusCode: 204, error: null, retryAfterSeconds: undefined });
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect([url, init]).toEqual([
      message.url,
      {
        method: 'POST',
        headers: {
          'webhook-id': 'whd_1',
          'content-type': 'application/json',
          'user-agent': 'ai-aggregator-webhooks/1',
        },
        body: '{}',
        redirect: 'manual',
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  it.each([
    [200, null],
    [299, null],
    [302, 'redirect'],
    [400, 'status'],
    [410, 'gone'],
    [500, 'status'],
  ])('classifies the status %i as %s', async (status, error) => {
    expect(await post(async () => new Response(null, { status }))).toMatchObject({ statusCode: status, error });
  });

  it.each([
    [429, 30],
    [503, 30],
    [500, undefined],
  ])('reads Retry-After with the status %i', async (status, retryAfterSeconds) => {
    const response = async () => new Response(null, { status, headers: { 'retry-after': '30' } });
    expect(await post(response)).toMatchObject({ retryAfterSeconds });
  });

  it('does not read the response body', async () => {
    const cancel = vi.fn();
    await post(async () => new Response(new ReadableStream({ cancel }), { status: 200 }));
    expect(cancel).toHaveBeenCalledOnce();
  });

  it('reports a receiver without a connection', async () => {
    const refuse = async () => Promise.reject(new TypeError('connection refused'));
    expect(await post(refuse)).toEqual({ statusCode: null, error: 'unreachable' });
  });

  it('reports a receiver that exceeds the time limit', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(AbortSignal.abort());
    const hang = async () => Promise.reject(new DOMException('aborted', 'TimeoutError'));
    expect(await post(hang)).toEqual({ statusCode: null, error: 'timeout' });
    expect(timeout).toHaveBeenCalledExactlyOnceWith(1_000);
    timeout.mockRestore();
  });
});
