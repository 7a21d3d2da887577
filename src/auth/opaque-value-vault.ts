import { formatOpaqueValue, isOpaqueValue, maxOpaqueValueLength, parseOpaqueValue } from '../domain/opaque-value.ts';
import { fromBase64, fromBase64Url, toBase64Url } from '../lib/base64-url.ts';

interface OpaqueValueVaultOptions {
  /** 32 bytes in base64. */
  readonly encryptionKey: string | undefined;
  /** The secret where there is no `encryptionKey`. */
  readonly databaseUrl: string;
}

const info = new TextEncoder().encode('ai-aggregator opaque values 1');
/** The nonce length of AES-GCM. */
const nonceBytes = 12;

/**
 * Encrypts and decrypts what clients keep for the gateway: `aia1.<nonce and ciphertext>`, in base64url. AES-256-GCM under a key
 * that HKDF-SHA-256 derives from ENCRYPTION_KEY, else from DATABASE_URL, so that all isolates have the same. The tenant is
 * authenticated with it: a value of one tenant cannot be read for another.
 */
export class OpaqueValueVault {
  readonly #options: OpaqueValueVaultOptions;
  #key: CryptoKey | undefined;

  constructor(options: OpaqueValueVaultOptions) {
    this.#options = options;
  }

  /** Encrypts a text for a tenant. Returns undefined where the value would be longer than 256 KiB. */
  async encrypt(text: string, tenantId: string): Promise<string | undefined> {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > (maxOpaqueValueLength * 3) / 4 - 64) return undefined;
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const ciphertext = await crypto.subtle.encrypt(createAlgorithm(iv, tenantId), await this.#load(), bytes);
    const value = new Uint8Array(nonceBytes + ciphertext.byteLength);
    value.set(iv);
    value.set(new Uint8Array(ciphertext), nonceBytes);
    return formatOpaqueValue(toBase64Url(value));
  }

  /** Decrypts a value. Returns undefined for one of another tenant or key, and for what is no such value. */
  async decrypt(value: string, tenantId: string): Promise<string | undefined> {
    if (!isOpaqueValue(value) || value.length > maxOpaqueValueLength) return undefined;
    try {
      const bytes = fromBase64Url(parseOpaqueValue(value));
      const algorithm = createAlgorithm(bytes.subarray(0, nonceBytes), tenantId);
      const key = await this.#load();
      return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, bytes.subarray(nonceBytes)));
    } catch {
      return undefined;
    }
  }

  async #load(): Promise<CryptoKey> {
    if (this.#key) return this.#key;
    const { encryptionKey, databaseUrl } = this.#options;
    const secret = encryptionKey === undefined ? new TextEncoder().encode(databaseUrl) : fromBase64(encryptionKey);
    const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
    const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
    const target = { name: 'AES-GCM', length: 256 };
    this.#key = await crypto.subtle.deriveKey(derivation, material, target, false, ['encrypt', 'decrypt']);
    return this.#key;
  }
}

function createAlgorithm(iv: Uint8Array<ArrayBuffer>, tenantId: string) {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(tenantId) };
}
