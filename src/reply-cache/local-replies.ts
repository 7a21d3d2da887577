import type { CachedReply } from './cached-reply.ts';

const maxTotalBytes = 16 * 1024 * 1024;
/** What an entry takes beside its body. It bounds the number of small ones. */
const entryBytes = 1024;

/** The replies that one isolate holds, within a maximum of bytes. The one that was used least recently makes room. */
export class LocalReplies {
  readonly #replies = new Map<string, CachedReply>();
  #totalBytes = 0;

  get(key: string): CachedReply | undefined {
    const reply = this.#replies.get(key);
    if (!reply) return undefined;
    this.#replies.delete(key);
    this.#replies.set(key, reply);
    return reply;
  }

  set(key: string, reply: CachedReply): void {
    this.delete(key);
    this.#replies.set(key, reply);
    this.#totalBytes += countBytes(reply);
    for (const oldest of this.#replies.keys()) {
      if (this.#totalBytes <= maxTotalBytes) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const reply = this.#replies.get(key);
    if (reply && this.#replies.delete(key)) this.#totalBytes -= countBytes(reply);
  }
}

function countBytes({ body }: CachedReply): number {
  return body.byteLength + entryBytes;
}
