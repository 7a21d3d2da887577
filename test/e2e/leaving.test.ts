import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { openSocketCall } from '../support/socket-call.ts';
import { waitFor } from '../support/wait-for.ts';

const providers = ['openai', 'claude', 'ollama'];
let gateway: MiniflareGateway;

beforeAll(async () => {
  // Long time-outs, so that none of them ends a call here.
  const timeouts = { FIRST_BYTE_TIMEOUT_MS: '60000', CHUNK_TIMEOUT_MS: '60000', TOTAL_TIMEOUT_MS: '60000' };
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), variables: () => timeouts });
  const { key } = await gateway.createTenant();
  // A provider's client is loaded with its first call.
  for (const provider of providers) await openSocketCall(gateway.url, { key, body: { prompt: 'Hi', provider } }).text();
});

afterAll(() => gateway?.stop());

const waitForOpenReplies = (expected: number) =>
  waitFor(async () => expect((await gateway.readProviderTraffic()).open.replies).toBe(expected), { intervalMs: 10 });

/** The path between client and Worker is the same for all providers, so the direct URL is tested with one. */
const ways = [...providers.map((provider) => ['url', provider] as const), ['directUrl', 'openai'] as const];

describe.each(ways)('over the %s, %s', (port, provider) => {
  test.each(['leave', 'reset'] as const)(
    'the gateway aborts the provider call when the client disconnects in mid-stream (%s)',
    async (how) => {
      const { key, rows } = await gateway.createTenant();
      const { aborted } = await gateway.readProviderTraffic();
      // The stream lasts longer than the wait for its end.
      const body = { prompt: '[[scenario:paced ms=20 chunks=5000]] go', provider };
      const call = openSocketCall(gateway[port], { key, body });
      (await call.response).on('error', () => undefined).resume();
      await waitFor(() => expect(call.reads.length).toBeGreaterThan(10));
      call[how]();
      await waitForOpenReplies(0);
      expect((await gateway.readProviderTraffic()).aborted).toBe(aborted + 1);
      const [row, ...more] = await rows(1);
      expect(more).toEqual([]);
      expect(row).toMatchObject({ status: 'client_gone', errorCode: null, finishReason: null });
      // Claude reports input tokens at the start of a stream. No provider has reported output tokens yet.
      expect(row?.tokenSource).toBe('estimated');
      expect(row?.inputTokens).toBeGreaterThan(0);
      expect(row?.outputTokens).toBeGreaterThan(0);
    },
  );

  const silences = ['silence', 'slow-headers ms=59000', 'silence-after-headers'];
  const calls = silences.flatMap((silence) => [
    ['/stream', silence] as const,
    ['/api/chat/completions', silence] as const,
  ]);
  test.each(calls)(
    'the gateway aborts the provider call when the client resets %s before the first byte: %s',
    async (path, scenario) => {
      const { key, rows } = await gateway.createTenant();
      const call = openSocketCall(gateway[port], { path, key, body: { prompt: `[[scenario:${scenario}]]`, provider } });
      await waitForOpenReplies(1);
      // The provider has sent all of its output, so the gateway only waits now.
      await sleep(100);
      call.reset();
      await waitForOpenReplies(0);
      const [row, ...more] = await rows(1);
      expect(more).toEqual([]);
      expect(row).toMatchObject({ status: 'client_gone', errorCode: null, firstByteMs: null });
    },
  );
});
