/** Replies that wait until a test releases them by their mark. */
export class HeldReplies {
  readonly #releases = new Map<string, PromiseWithResolvers<void>>();

  /** Resolves once the mark is released. */
  wait(mark: string): Promise<void> {
    return this.#release(mark).promise;
  }

  /** Lets every reply of the mark go on, also one that is asked for later. */
  release(mark: string): void {
    this.#release(mark).resolve();
  }

  #release(mark: string): PromiseWithResolvers<void> {
    const existing = this.#releases.get(mark);
    if (existing) return existing;
    const release = Promise.withResolvers<void>();
    this.#releases.set(mark, release);
    return release;
  }
}
