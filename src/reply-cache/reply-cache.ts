import { countSubrequest } from '../lib/subrequest-counter.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import { type CachedReply, decodeCachedReply, encodeCachedReply } from './cached-reply.ts';
import { LocalReplies } from './local-replies.ts';
import { ByteBudget, ReplyBuffer } from './reply-buffer.ts';

/** A longer reply is not kept. */
export const maxReplyBytes = 1024 * 1024;

/** What the streams of an isolate may gather at once. A stream that finds no room is not kept. */
const maxBufferedBytes = 16 * 1024 * 1024;

/** What a shared cache that does not answer costs a request. */
const readTimeoutMs = 50;
const writeTimeoutMs = 5_000;

interface ReplyCacheOptions {
  /** Opens the cache that the isolates of one data centre share. */
  readonly openShared: () => Promise<Pick<Cache, 'match' | 'put'>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A reply before it is kept. */
export type NewReply = Omit<CachedReply, 'storedAtMs' | 'expiresAtMs'>;

interface StoreOptions {
  readonly ttlSeconds: number;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/**
 * Keeps replies in the isolate and, behind it, in Cloudflare's cache. A key is a URL under the Worker's own hostname, as the Cache API
 * wants it. That API may do nothing on some hostnames (workers.dev): the isolates are on their own there. No method rejects, and no fault
 * of the shared cache delays a request by more than 50 ms.
 */
export class ReplyCache {
  readonly #options: ReplyCacheOptions;
  readonly #local = new LocalReplies();
  readonly #buffered = new ByteBudget(maxBufferedBytes);

  constructor(options: ReplyCacheOptions) {
    this.#options = options;
  }

  /** Finds a reply that has not expired and is not older than so many seconds. */
  async find(key: string, maxAgeSeconds: number): Promise<CachedReply | undefined> {
    const nowMs = this.#options.now();
    const isFresh = ({ storedAtMs, expiresAtMs }: CachedReply) =>
      nowMs < expiresAtMs && nowMs < storedAtMs + maxAgeSeconds * 1000;
    const local = this.#local.get(key);
    if (local && isFresh(local)) return local;
    if (local && nowMs >= local.expiresAtMs) this.#local.delete(key);
    const shared = await withTimeout(readTimeoutMs, this.#readShared(key)).catch(() => undefined);
    if (!shared || !isFresh(shared)) return undefined;
    this.#local.set(key, shared);
    return shared;
  }

  /** Keeps a reply for so many seconds, in the place of an earlier one. It is written to the shared cache behind the response. */
  store(key: string, reply: NewReply, { ttlSeconds, waitUntil }: StoreOptions): void {
    if (reply.body.byteLength > maxReplyBytes) return;
    const storedAtMs = this.#options.now();
    const cached = { ...reply, storedAtMs, expiresAtMs: storedAtMs + ttlSeconds * 1000 };
    this.#local.set(key, cached);
    waitUntil(withTimeout(writeTimeoutMs, this.#writeShared(key, cached, ttlSeconds)).catch(() => undefined));
  }

  /** Creates the buffer of one reply that is under way. */
  createBuffer(): ReplyBuffer {
    return new ReplyBuffer(this.#buffered, maxReplyBytes);
  }

  async #readShared(key: string): Promise<CachedReply | undefined> {
    countSubrequest();
    const cache = await this.#options.openShared();
    const response = await cache.match(key);
    return response && decodeCachedReply(new Uint8Array(await response.arrayBuffer()));
  }

  async #writeShared(key: string, reply: CachedReply, ttlSeconds: number): Promise<void> {
    countSubrequest();
    const cache = await this.#options.openShared();
    const headers = { 'cache-control': `max-age=${ttlSeconds}`, 'content-type': 'application/octet-stream' };
    await cache.put(key, new Response(encodeCachedReply(reply), { headers }));
  }
}
