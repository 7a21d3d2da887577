const storageKey = 'console:key';
const signedOutMark = 'signed out';

/** What the browser tab remembers: an API key, that the visitor has signed out, or nothing. */
export type StoredKey = { readonly key: string } | 'signed out' | undefined;

/** Reads what this tab has stored. Storage that is closed to the page counts as empty. */
export function readStoredKey(): StoredKey {
  try {
    const value = sessionStorage.getItem(storageKey);
    if (value === null) return undefined;
    return value === signedOutMark ? 'signed out' : { key: value };
  } catch {
    return undefined;
  }
}

/** Stores a key until the tab is closed. */
export function storeKey(key: string): void {
  write(key);
}

/** Stores that the visitor has signed out, so that a local gateway does not sign in again by itself. */
export function storeSignOut(): void {
  write(signedOutMark);
}

function write(value: string): void {
  try {
    sessionStorage.setItem(storageKey, value);
  } catch {
    // A page without storage keeps the key in memory alone.
  }
}
