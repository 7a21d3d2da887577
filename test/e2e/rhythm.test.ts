import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { findSingleEventReads, joinChunks, parseNativeEvents } from '../support/native-stream.ts';
import { openSocketCall } from '../support/socket-call.ts';

const providers = ['openai', 'claude', 'ollama'];
let gateway: MiniflareGateway;
let key: string;

beforeAll(async () => {
  const variables = () => ({ CHUNK_TIMEOUT_MS: '1500' });
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), variables });
  ({ key } = await gateway.createTenant());
  // A provider's client is loaded with its first call.
  for (const provider of providers) await openSocketCall(gateway.url, { key, body: { prompt: 'Hi', provider } }).text();
});

afterAll(() => gateway?.stop());

// First in this file, because it counts open replies, and a silent stream stays open until its deadline.
test('a client that pauses for longer than the chunk time-out gets its whole stream', async () => {
  const chunks = 6000;
  const size = 4000;
  const call = openSocketCall(gateway.url, {
    key,
    body: { prompt: `[[scenario:long chunks=${chunks} size=${size}]] slowly`, provider: 'openai' },
  });
  const response = await call.response;
  // The stream is larger than the socket buffers, so the provider has to wait too.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect((await gateway.readProviderTraffic('slowly')).open.replies).toBe(1);
  expect(response.readableFlowing).toBeNull();
  const events = parseNativeEvents(await call.text());
  expect(events.at(-1)).toMatchObject({ type: 'done' });
  expect(joinChunks(events).length).toBe(chunks * size);
});

describe.each(providers)('%s', (provider) => {
  const openStream = (scenario: string) =>
    openSocketCall(gateway.url, { key, body: { prompt: `[[scenario:${scenario}]] go`, provider } });

  test('a stream paced at 20 ms arrives chunk by chunk', async () => {
    const call = openStream('paced ms=20 chunks=50');
    const events = parseNativeEvents(await call.text());
    expect(joinChunks(events)).toBe(Array.from({ length: 50 }, (_, index) => `chunk-${index} `).join(''));
    const chunks = findSingleEventReads(call.reads).filter(({ type }) => type === 'chunk');
    expect(chunks.length).toBeGreaterThanOrEqual(45);
    const spreadMs = (chunks.at(-1)?.atMs ?? 0) - (chunks[0]?.atMs ?? 0);
    expect(spreadMs).toBeGreaterThanOrEqual(0.8 * 49 * 20);
  });

  test('the start event does not wait for the first chunk', async () => {
    const call = openStream('silence-after-headers');
    const response = await call.response;
    const [first] = await response.take(1).toArray();
    expect(parseNativeEvents(String(first))).toEqual([expect.objectContaining({ type: 'start', provider })]);
    call.reset();
  });

  test('a long text in one chunk arrives whole, in events of at most 4 KiB', async () => {
    const text = await openStream('long chunks=1 size=50000').text();
    const blocks = text.split('\n\n').slice(0, -1);
    expect(blocks.length).toBeGreaterThan(12);
    expect(blocks.map((block) => Buffer.byteLength(block) + 2).filter((bytes) => bytes > 4096)).toEqual([]);
    expect(joinChunks(parseNativeEvents(text))).toBe('chunk-0 '.padEnd(50_000, '.'));
  });

  test('a stream has no content encoding, even if the client accepts several', async () => {
    for (const url of [gateway.url, gateway.directUrl]) {
      const call = openSocketCall(url, {
        key,
        body: { prompt: 'Hi', provider },
        headers: { 'accept-encoding': 'gzip, deflate, br, zstd' },
      });
      const { headers } = await call.response;
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['cache-control']).toBe('no-cache, no-transform');
      expect(parseNativeEvents(await call.text()).at(-1)).toMatchObject({ type: 'done' });
    }
  });
});
