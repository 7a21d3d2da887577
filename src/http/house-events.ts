import { after } from '../core/after.ts';

/** One event of a house stream: a line of JSON with a `type`. */
export type HouseEvent = { readonly type: 'start' | 'chunk' | 'done' | 'error' } & Readonly<Record<string, unknown>>;

/** Each event is one write of at most 4 KiB. */
const longestMessage = 500;
/** A chunk of so many UTF-16 units stays below 4 KiB even where each of them has to be escaped (`\u001b`). */
const longestChunk = 640;
const keepAliveMs = 15_000;
const encoder = new TextEncoder();

/** Writes a house stream: events as they come, a comment into every 15 s of silence. */
export class HouseEventWriter {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #now: () => number;
  #wroteAtMs: number;
  #writing = 0;
  #stopKeepAlive: () => void;

  constructor(writable: WritableStream<Uint8Array>, now: () => number) {
    this.#writer = writable.getWriter();
    this.#now = now;
    this.#wroteAtMs = now();
    this.#stopKeepAlive = this.#armKeepAlive(keepAliveMs);
  }

  /** Resolves when the client has taken the event; rejects when it has left. */
  async write(event: HouseEvent): Promise<void> {
    await this.#send(`data: ${toJsonLine(event)}\n\n`);
  }

  /** Writes text as one `chunk`, or as several where it is long. */
  async writeText(text: string): Promise<void> {
    for (const content of splitText(text)) await this.write({ type: 'chunk', content });
  }

  /** Writes the last event and ends the stream. */
  async end(event: HouseEvent): Promise<void> {
    await this.write(event);
    this.#stopKeepAlive();
    await this.#writer.close();
  }

  /** Lets go of a stream whose client has left. */
  async abandon(reason: unknown): Promise<void> {
    this.#stopKeepAlive();
    await this.#writer.abort(reason).catch(() => undefined);
  }

  async #send(text: string): Promise<void> {
    this.#writing += 1;
    try {
      await this.#writer.write(encoder.encode(text));
    } finally {
      this.#writing -= 1;
      this.#wroteAtMs = this.#now();
    }
  }

  #armKeepAlive(ms: number): () => void {
    return after(ms, () => {
      const leftMs = this.#wroteAtMs + keepAliveMs - this.#now();
      // A client that has not taken the last event is not kept alive by another one.
      if (leftMs <= 0 && this.#writing === 0) this.#send(': keep-alive\n\n').catch(() => undefined);
      this.#stopKeepAlive = this.#armKeepAlive(leftMs > 0 ? leftMs : keepAliveMs);
    });
  }
}

/** A message that fits into one event, not cut inside a character. */
export function shortened(message: string): string {
  return message.length <= longestMessage ? message : `${[...message.slice(0, longestMessage)].slice(0, -1).join('')}…`;
}

/** Pieces of at most `longestChunk` UTF-16 units that never part a surrogate pair. */
export function* splitText(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + longestChunk, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    yield text.slice(start, end);
    start = end;
  }
}

/**
 * JSON on one line for readers that know more line breaks than SSE does: Python's splitlines breaks at U+0085, U+2028 and
 * U+2029, and JSON leaves those and other control characters as they are.
 */
function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
