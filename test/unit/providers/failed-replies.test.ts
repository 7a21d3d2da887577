import { beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import { builtInProviders } from '../../../src/providers/catalog.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { acme, providerOptions } from '../../support/provider-options.ts';

/** The clients are loaded with the first request, which takes its time where each module is a file. */
beforeAll(() => Promise.all([import('openai'), import('@anthropic-ai/sdk')]), 60_000);

const { signal } = new AbortController();
const chat = { model: 'm', messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }] };

/** Every way in which a request goes to a provider: by its client, or forwarded to one of its endpoints. */
const vendors = [...builtInProviders.filter(({ protocol }) => protocol !== 'stub'), acme];
const ways = vendors.flatMap((descriptor) => {
  const baseUrl = descriptor.baseUrl ?? 'http://localhost:11434';
  const { endpoints = {} } = createProvider(providerOptions(descriptor, { baseUrl, apiKey: 'k' }));
  const forwards = Object.values(endpoints).map(({ path }): [string, (provider: Provider) => unknown] => [
    path,
    (provider) => provider.forward?.({ path, body: '{}' }, { stream: false, signal }),
  ]);
  return [
    ['a chat request', (provider: Provider) => provider.send(chat, { stream: true, signal })] as const,
    ...forwards,
  ].map(([name, send]) => ({ name: `${descriptor.displayName}, ${name}`, descriptor, baseUrl, send }));
});

describe.each(ways)('$name', ({ descriptor, baseUrl, send }) => {
  /** Sends the request to a provider that answers like this. Returns the error and what was sent. */
  async function fail(answer: () => Response) {
    const requests: Request[] = [];
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      requests.push(new Request(input, init));
      return answer();
    };
    const provider = createProvider(providerOptions(descriptor, { baseUrl, apiKey: 'sk-secret', fetch }));
    const error = await Promise.resolve(send(provider)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayError);
    return { error, requests };
  }

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with status %i', async (status) => {
    const headers = { location: 'https://elsewhere.example.com/' };
    const { error, requests } = await fail(() => new Response(null, { status, headers }));
    expect(requests.map(({ redirect }) => redirect)).toEqual(['manual']);
    expect(error).toMatchObject({
      code: 'provider_error',
      status: 502,
      retryable: false,
      detail: 'redirect',
      message: expect.stringContaining(`${descriptor.displayName} answered with a redirect (status ${status})`),
      report: { upstreamStatus: status },
    });
  });

  it('reads no more of an error than its first 64 KiB', async () => {
    const piece = new Uint8Array(16 * 1024).fill(120);
    let read = 0;
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          read += piece.byteLength;
          if (read > 100 * 2 ** 20) controller.close();
          else controller.enqueue(piece.slice());
        },
        cancel() {
          isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const { error } = await fail(() => new Response(body, { status: 500 }));
    expect(error).toMatchObject({ code: 'provider_error', message: `${descriptor.displayName} failed (status 500).` });
    expect(read).toBeLessThanOrEqual(64 * 1024);
    expect(isCancelled).toBe(true);
  });

  it('tells an error whose message speaks of a time-out by its status', async () => {
    const message = 'Request timed out';
    const { error } = await fail(() => Response.json({ error: { message } }, { status: 400 }));
    expect(error).toMatchObject({ code: 'invalid_request', message: `${descriptor.displayName}: ${message}` });
  });
});
