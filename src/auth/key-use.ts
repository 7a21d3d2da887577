interface KeyUseOptions {
  /** Writes down that a key is used now. */
  readonly touch: (keyId: string) => Promise<unknown>;
  readonly now: () => number;
}

const noteAgainAfterMs = 60_000;
const maxRemembered = 10_000;

/** Notes when keys were last used: each at most once a minute in this isolate, behind the reply. */
export class KeyUse {
  readonly #options: KeyUseOptions;
  readonly #notedAtMs = new Map<string, number>();

  constructor(options: KeyUseOptions) {
    this.#options = options;
  }

  /** Neither waits nor fails: a use that cannot be written is told with the next one. */
  note(keyId: string, waitUntil: (work: Promise<unknown>) => void): void {
    const now = this.#options.now();
    const notedAtMs = this.#notedAtMs.get(keyId);
    if (notedAtMs !== undefined && now - notedAtMs < noteAgainAfterMs) return;
    if (this.#notedAtMs.size >= maxRemembered) this.#notedAtMs.clear();
    this.#notedAtMs.set(keyId, now);
    waitUntil(this.#options.touch(keyId).catch(() => undefined));
  }
}
