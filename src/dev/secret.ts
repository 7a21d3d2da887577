import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A password for one run: nothing that runs on this machine outside of the run can know it. */
export function newSecret(): string {
  return randomBytes(24).toString('hex');
}

/** Compares in a time that says nothing about where two texts differ. */
export function equalSecrets(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
