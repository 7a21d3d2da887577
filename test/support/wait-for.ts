import { vi } from 'vitest';

/** Ends a wait for a condition that never holds. It does not assert speed. */
const guardMs = 50_000;

/** Retries an assertion until it passes, and returns its result. After the deadline, rethrows the last error. */
export function waitFor<T>(assertion: () => T | Promise<T>, { intervalMs = 50 } = {}): Promise<T> {
  return vi.waitFor(assertion, { timeout: guardMs, interval: intervalMs });
}
