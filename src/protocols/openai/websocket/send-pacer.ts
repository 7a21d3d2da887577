/** What a connection sends at once, and a second after that. Models write less; a client reads more. */
const maxBurstBytes = 8 * 1024 * 1024;
const bytesPerSecond = 256 * 1024;
/** The most bytes that are sent to a client that says nothing. */
const maxSilentBytes = 64 * 1024 * 1024;

/**
 * Bounds what gathers for a client that does not read: the runtime holds every message until it is read, and does not say how many
 * those are. Takes a message that follows a turn as a sign that the turn was read.
 */
export class SendPacer {
  readonly #now: () => number;
  /** What is above 0 has not been read, if the client reads as slowly as is allowed for. */
  #unreadBytes = 0;
  #updatedAtMs: number;
  #silentBytes = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#updatedAtMs = now();
  }

  /** Whether the client has said nothing for too long. */
  get isOverdue(): boolean {
    return this.#silentBytes > maxSilentBytes;
  }

  /** Milliseconds until more should be sent. */
  get delayMs(): number {
    this.#update();
    return Math.max(0, Math.ceil(((this.#unreadBytes - maxBurstBytes) / bytesPerSecond) * 1000));
  }

  recordSent(bytes: number): void {
    this.#update();
    this.#unreadBytes += bytes;
    this.#silentBytes += bytes;
  }

  recordSign(): void {
    this.#silentBytes = 0;
  }

  #update(): void {
    const elapsedMs = this.#now() - this.#updatedAtMs;
    this.#updatedAtMs += elapsedMs;
    this.#unreadBytes = Math.max(0, this.#unreadBytes - (elapsedMs / 1000) * bytesPerSecond);
  }
}
