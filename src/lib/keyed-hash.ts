const keyBytes = 32;
/** 128 bits: enough that no two texts get the same hash by chance. */
const hashBytes = 16;

/**
 * Returns a function that hashes texts under a key: HMAC-SHA-256, cut to 22 characters of base64url. HKDF derives the key from a secret
 * for one purpose. Without the secret no text can be found by its hash, not even a short one.
 */
export function createKeyedHash(secret: string, purpose: string): (text: string) => string {
  let hmac: ((text: string) => Buffer) | undefined;
  return (text) => {
    hmac ??= createHmac(secret, purpose);
    return hmac(text).subarray(0, hashBytes).toString('base64url');
  };
}

/** Loads `node:crypto` with the first text: as an import it would double the time in which an isolate starts. */
function createHmac(secret: string, purpose: string): (text: string) => Buffer {
  const crypto = process.getBuiltinModule('node:crypto');
  const key = new Uint8Array(crypto.hkdfSync('sha256', secret, '', purpose, keyBytes));
  return (text) => crypto.createHmac('sha256', key).update(text).digest();
}
