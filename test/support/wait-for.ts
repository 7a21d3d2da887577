import { vi } from 'vitest';

/** Not a claim about speed: it only ends a wait for what never comes. */
const guardMs = 50_000;

/** Tries an assertion until it passes, and gives its result. Rethrows its last error where it never does. */
export function waitFor<T>(assertion: () => T | Promise<T>, { intervalMs = 50 } = {}): Promise<T> {
  return vi.waitFor(assertion, { timeout: guardMs, interval: intervalMs });
}
