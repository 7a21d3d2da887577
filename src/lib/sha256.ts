const encoder = new TextEncoder();

/** Returns the SHA-256 of a text (as UTF-8) in lower-case hex. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Returns the SHA-256 of a value's JSON. The order of the fields in its objects does not matter. */
export async function fingerprint(value: unknown): Promise<string> {
  return await sha256(JSON.stringify(value, (_, part: unknown) => (isPlainObject(part) ? sortEntries(part) : part)));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sortEntries(object: Record<string, unknown>): [string, unknown][] {
  return Object.entries(object).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Returns the SHA-256 of a text (as UTF-8) in lower-case hex, at once. Loads `node:crypto` with the first text, as `createKeyedHash` does. */
export function sha256Sync(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}
