import { expect, it } from 'vitest';
import { maxReplyBytes, type NewReply, ReplyCache } from '../../../src/reply-cache/reply-cache.ts';

const reply = (bytes: number, first = 0): NewReply => {
  const body = new Uint8Array(bytes);
  body[0] = first;
  return { headers: [], body, provider: 'openai', model: 'm', finishReason: 'stop', costNanoUsd: null };
};
const key = (name: string | number) => `https://gateway.test/reply-cache/${name}`;
const options = { ttlSeconds: 60, waitUntil: () => undefined };

/** A cache without a shared one. */
function createCache() {
  const noCache = { match: async () => undefined, put: async () => undefined };
  return new ReplyCache({ openShared: async () => noCache, now: () => 0 });
}

it('keeps at most 16 MiB in an isolate, without the replies that were used least recently', async () => {
  const cache = createCache();
  for (let index = 0; index < 15; index += 1) cache.store(key(index), reply(maxReplyBytes), options);
  expect(await cache.find(key(0), 60)).toBeDefined();
  for (let index = 15; index < 18; index += 1) cache.store(key(index), reply(maxReplyBytes), options);
  const found: boolean[] = [];
  for (let index = 0; index < 18; index += 1) found.push((await cache.find(key(index), 60)) !== undefined);
  expect(found.flatMap((isFound, index) => (isFound ? [] : [index]))).toEqual([1, 2, 3]);
});

it('keeps a bounded number of small replies', async () => {
  const cache = createCache();
  for (let index = 0; index < 16_400; index += 1) cache.store(key(index), reply(1), options);
  expect(await cache.find(key(0), 60)).toBeUndefined();
  expect(await cache.find(key(16_399), 60)).toBeDefined();
});

it('puts a reply in the place of an earlier one, and counts it once', async () => {
  const cache = createCache();
  cache.store(key('other'), reply(1), options);
  for (let index = 0; index < 40; index += 1) cache.store(key('same'), reply(maxReplyBytes, index), options);
  expect((await cache.find(key('same'), 60))?.body[0]).toBe(39);
  expect(await cache.find(key('other'), 60)).toBeDefined();
});

it('does not keep a reply above 1 MiB', async () => {
  const cache = createCache();
  cache.store(key('long'), reply(maxReplyBytes + 1), options);
  expect(await cache.find(key('long'), 60)).toBeUndefined();
});

it('reads from the shared cache what another isolate has written, byte for byte', async () => {
  const stored = new Map<string, Response>();
  const shared = {
    match: async (name: RequestInfo | URL) => stored.get(String(name))?.clone(),
    put: async (name: RequestInfo | URL, response: Response) => void stored.set(String(name), response),
  };
  const create = () => new ReplyCache({ openShared: async () => shared, now: () => 1_000 });
  const work: Promise<unknown>[] = [];
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const kept: NewReply = {
    headers: [['content-type', 'text/event-stream; charset=utf-8']],
    body: bytes,
    provider: 'openai',
    model: 'ü\n"',
    route: 'fast',
    finishReason: 'length',
    costNanoUsd: 12345678901234567n,
  };
  create().store(key('a'), kept, { ttlSeconds: 60, waitUntil: (promise) => work.push(promise) });
  await Promise.all(work);
  expect(stored.get(key('a'))?.headers.get('cache-control')).toBe('max-age=60');
  expect(await create().find(key('a'), 60)).toEqual({ ...kept, storedAtMs: 1_000, expiresAtMs: 61_000 });
});
