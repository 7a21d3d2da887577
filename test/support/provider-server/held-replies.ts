/** Replies that wait until a test releases them by their mark. */
export class HeldReplies {
  readonly #releases = new Map<string, PromiseWithResolvers<void>>();

  /** Resolves when the mark is released. */
  wait(mark: string): Promise<void> {
    return this.#release(mark).promise;
  }

  /** Releases every reply of the mark, including later ones. */
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
