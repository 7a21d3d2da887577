import { sha256 } from '../lib/sha256.ts';

/** Hashes an API key with SHA-256, in lower-case hex. Keys are stored and looked up in this form only. */
export function hashKey(key: string): Promise<string> {
  return sha256(key);
}
