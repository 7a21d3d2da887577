import type { ServerResponse } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';

/** Writes one reply, with or without faults, and records which side ended it. */
export class Sender {
  /** Whether a scenario, and not the client, has broken off the reply. */
  brokenOff = false;
  readonly #response: ServerResponse;
  readonly #byByte: boolean;
  readonly #closed = new AbortController();

  /** `byByte`: each byte is a separate write. */
  constructor(response: ServerResponse, byByte: boolean) {
    this.#response = response;
    this.#byByte = byByte;
    response.socket?.setNoDelay(true);
    response.on('close', () => this.#closed.abort());
    response.on('error', () => this.#closed.abort());
  }

  get closed(): boolean {
    return this.#closed.signal.aborted;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (!this.closed) this.#response.writeHead(status, headers).flushHeaders();
  }

  /** Resolves when the socket accepts more data, or when the client has disconnected. */
  async write(text: string | Buffer): Promise<void> {
    const bytes = Buffer.from(text);
    if (!this.#byByte) return this.#writeAtOnce(bytes);
    for (const byte of bytes) {
      await this.#writeAtOnce(Buffer.of(byte));
      await setImmediate();
    }
  }

  async #writeAtOnce(bytes: Buffer): Promise<void> {
    if (this.closed || this.#response.write(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#response.once('drain', resolve);
      this.#closed.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  end(): void {
    this.#response.end();
  }

  /** Closes the connection in the middle of the reply, after the written bytes have been sent. */
  async cut(): Promise<void> {
    await this.wait(20);
    this.brokenOff = true;
    this.#response.socket?.destroy();
  }

  /** The same by a TCP reset. */
  async reset(): Promise<void> {
    await this.wait(20);
    this.brokenOff = true;
    this.#response.socket?.resetAndDestroy();
  }

  async wait(ms: number): Promise<void> {
    if (ms > 0) await setTimeout(ms, undefined, { signal: this.#closed.signal }).catch(() => undefined);
  }

  /** Sends nothing more until the client disconnects or the server closes. */
  async stall(): Promise<void> {
    if (this.closed) return;
    await new Promise<void>((resolve) => {
      this.#closed.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
