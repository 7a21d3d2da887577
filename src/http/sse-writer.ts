import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import { toJsonLine } from '../lib/to-json-line.ts';

/** The headers of every stream. `no-transform` keeps proxies from compressing, and so gathering, what comes in chunks. */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** One event that is nothing but its data, on one line. */
export function encodeDataEvent(value: unknown): string {
  return `data: ${toJsonLine(value)}\n\n`;
}

const keepAliveMs = 15_000;
const encoder = new TextEncoder();

/** Writes server-sent events as they come, and something that says nothing into every 15 s of silence. */
export class SseWriter {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #now: () => number;
  readonly #keepAlive: string;
  #wroteAtMs: number;
  #writing = 0;
  #stopKeepAlive: () => void;

  constructor(writable: WritableStream<Uint8Array>, now: () => number, keepAlive = ': keep-alive\n\n') {
    this.#writer = writable.getWriter();
    this.#now = now;
    this.#keepAlive = keepAlive;
    this.#wroteAtMs = now();
    this.#stopKeepAlive = this.#armKeepAlive(keepAliveMs);
  }

  /** One write for whole events. Resolves when the client has taken them; rejects when it has left. */
  async write(text: string): Promise<void> {
    if (text === '') return;
    this.#writing += 1;
    try {
      await this.#writer.write(encoder.encode(text));
    } finally {
      this.#writing -= 1;
      this.#wroteAtMs = this.#now();
    }
  }

  /** Writes the last events, if there are any, and ends the stream. */
  async end(text = ''): Promise<void> {
    await this.write(text);
    this.#stopKeepAlive();
    await this.#writer.close();
  }

  /** Lets go of a stream whose client has left. */
  async abandon(reason: unknown): Promise<void> {
    this.#stopKeepAlive();
    await this.#writer.abort(reason).catch(() => undefined);
  }

  #armKeepAlive(ms: number): () => void {
    return setCancellableTimeout(ms, () => {
      const leftMs = this.#wroteAtMs + keepAliveMs - this.#now();
      // A client that has not taken the last event is not kept alive by another one.
      if (leftMs <= 0 && this.#writing === 0) this.write(this.#keepAlive).catch(() => undefined);
      this.#stopKeepAlive = this.#armKeepAlive(leftMs > 0 ? leftMs : keepAliveMs);
    });
  }
}
