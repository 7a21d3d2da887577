import { BoundedMap } from '../lib/bounded-map.ts';

interface KeyUseOptions {
  /** Stores that a key is in use now. */
  readonly touch: (keyId: string) => Promise<unknown>;
  readonly now: () => number;
}

const minIntervalMs = 60_000;
const maxKeys = 10_000;

/** Records when API keys were last used, in the background and at most once a minute for each key in this isolate. */
export class KeyUse {
  readonly #options: KeyUseOptions;
  readonly #recordedAtMs = new BoundedMap<string, number>({ maxSize: maxKeys, evicts: 'least-recently-set' });

  constructor(options: KeyUseOptions) {
    this.#options = options;
  }

  /** Records one use of a key. Returns at once and never throws: if the write fails, a later use is recorded instead. */
  record(keyId: string, waitUntil: (work: Promise<unknown>) => void): void {
    const nowMs = this.#options.now();
    const recordedAtMs = this.#recordedAtMs.get(keyId);
    if (recordedAtMs !== undefined && nowMs - recordedAtMs < minIntervalMs) return;
    this.#recordedAtMs.set(keyId, nowMs);
    waitUntil(this.#options.touch(keyId).catch(() => undefined));
  }
}
