import { BoundedMap } from '../lib/bounded-map.ts';

/** An API key is refused as often in a minute, in one isolate, before only a part of it is logged. */
const maxLoggedPerMinute = 1_000;
/** One of so many is logged then. */
const sampleSize = 100;
const windowMs = 60_000;
const maxKeys = 1_000;

interface KeyWindow {
  readonly startedAtMs: number;
  count: number;
  /** Those that no row stands for yet. */
  unlogged: number;
}

/** Decides which refused requests are logged, so that a key that floods the gateway does not flood the log. */
export class RefusalSampler {
  readonly #windows = new BoundedMap<string, KeyWindow>({ maxSize: maxKeys, evicts: 'least-recently-set' });

  /** Counts a refused request of a key. Returns how many such requests a row stands for; 0 where it is not logged. */
  count(keyId: string, nowMs: number): number {
    const window = this.#getWindow(keyId, nowMs);
    window.count += 1;
    window.unlogged += 1;
    if (window.count > maxLoggedPerMinute && window.unlogged < sampleSize) return 0;
    const { unlogged } = window;
    window.unlogged = 0;
    return unlogged;
  }

  #getWindow(keyId: string, nowMs: number): KeyWindow {
    const existing = this.#windows.get(keyId);
    if (existing && nowMs - existing.startedAtMs < windowMs) return existing;
    const window = { startedAtMs: nowMs, count: 0, unlogged: existing?.unlogged ?? 0 };
    this.#windows.set(keyId, window);
    return window;
  }
}
