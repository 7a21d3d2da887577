import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import { toJsonLine } from '../lib/to-json-line.ts';

/** The headers of each stream. `no-transform` keeps proxies from compressing it, and so from buffering its chunks. */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Encodes an event that has data only, on one line. */
export function encodeDataEvent(value: unknown): string {
  return `data: ${toJsonLine(value)}\n\n`;
}

const keepAliveMs = 15_000;
const encoder = new TextEncoder();

/** A comment line. A blank line behind it would be an event without data, at which some clients end the stream (openai-go). */
const keepAliveComment = ': keep-alive\n';

/** Writes server-sent events, and a keep-alive into each 15 s of silence. */
export class SseWriter {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #now: () => number;
  readonly #keepAlive: string;
  #lastWriteAtMs: number;
  #pendingWrites = 0;
  #stopKeepAlive: () => void;

  constructor(writable: WritableStream<Uint8Array>, now: () => number, keepAlive = keepAliveComment) {
    this.#writer = writable.getWriter();
    this.#now = now;
    this.#keepAlive = keepAlive;
    this.#lastWriteAtMs = now();
    this.#stopKeepAlive = this.#startKeepAlive(keepAliveMs);
  }

  /** Writes complete events. Resolves when the client has taken them; rejects when it has disconnected. */
  async write(text: string): Promise<void> {
    if (text === '') return;
    this.#pendingWrites += 1;
    try {
      await this.#writer.write(encoder.encode(text));
    } finally {
      this.#pendingWrites -= 1;
      this.#lastWriteAtMs = this.#now();
    }
  }

  /** Writes the last events, if there are any, and ends the stream. */
  async end(text = ''): Promise<void> {
    await this.write(text);
    this.#stopKeepAlive();
    await this.#writer.close();
  }

  /** Aborts a stream whose client has disconnected. */
  async abandon(reason: unknown): Promise<void> {
    this.#stopKeepAlive();
    await this.#writer.abort(reason).catch(() => undefined);
  }

  #startKeepAlive(ms: number): () => void {
    return setCancellableTimeout(ms, () => {
      const remainingMs = this.#lastWriteAtMs + keepAliveMs - this.#now();
      // While a client has not taken the last event, a keep-alive would only queue behind it.
      if (remainingMs <= 0 && this.#pendingWrites === 0) this.write(this.#keepAlive).catch(() => undefined);
      this.#stopKeepAlive = this.#startKeepAlive(remainingMs > 0 ? remainingMs : keepAliveMs);
    });
  }
}
