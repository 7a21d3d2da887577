import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Creates a password for one run. Other programs on this machine cannot know it. */
export function createSecret(): string {
  return randomBytes(24).toString('hex');
}

/** Compares two texts in a time that does not depend on where they differ. */
export function equalSecrets(actual: string, expected: string): boolean {
  return timingSafeEqual(digest(actual), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
