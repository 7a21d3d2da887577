const encoder = new TextEncoder();

/** SHA-256 of an API key in lower-case hex: the only form in which a key is stored or looked up. */
export async function hashKey(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(key)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
