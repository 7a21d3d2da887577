/** Lets one in at a time: the others wait until it leaves, or until all are let go of. */
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

  /** Whoever is in, and whoever waits, has died. */
  reset(): void {
    this.#waiting.length = 0;
    this.#taken = false;
  }
}
