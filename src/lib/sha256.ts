const encoder = new TextEncoder();

/** SHA-256 of a text (as UTF-8) in lower-case hex. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** SHA-256 of a value's JSON, whatever the order in which its objects have their fields. */
export async function fingerprint(value: unknown): Promise<string> {
  return await sha256(JSON.stringify(value, (_, part: unknown) => (isPlain(part) ? sorted(part) : part)));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(object: Record<string, unknown>): [string, unknown][] {
  return Object.entries(object).sort(([left], [right]) => (left < right ? -1 : 1));
}
