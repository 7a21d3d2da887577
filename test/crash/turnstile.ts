/** A lock with one holder. The others wait until it leaves, or until `reset`. */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  async enter(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
  }

  leave(): void {
    this.#taken = false;
    this.#waiting.shift()?.();
  }

  /** Forgets the holder and the waiters after their process has been killed. */
  reset(): void {
    this.#waiting.length = 0;
    this.#taken = false;
  }
}
