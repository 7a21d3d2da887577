import { sha256 } from '../lib/sha256.ts';

/** The only form in which an API key is stored or looked up: its SHA-256, in lower-case hex. */
export function hashKey(key: string): Promise<string> {
  return sha256(key);
}
