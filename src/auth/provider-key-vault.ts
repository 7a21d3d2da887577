import { GatewayError } from '../domain/errors.ts';
import { fromBase64, fromBase64Url, toBase64Url } from '../lib/base64-url.ts';

/** The tenant and the provider of a key. An encrypted key can be decrypted for these only. */
export interface ProviderKeyOwner {
  readonly tenantId: string;
  /** The provider's id. */
  readonly provider: string;
}

const version = 'v1';
/** The nonce length of AES-GCM. Nonces are random, so that one key may encrypt about 2 ** 32 values. */
const nonceBytes = 12;

/**
 * Encrypts and decrypts the provider keys of tenants with AES-256-GCM under `ENCRYPTION_KEY`. An encrypted key has the form
 * `v1.<nonce>.<ciphertext>`, in base64url.
 */
export class ProviderKeyVault {
  readonly #secret: string | undefined;
  #key: CryptoKey | undefined;

  /** Accepts 32 bytes in base64. Without them, `encrypt` and `decrypt` always throw. */
  constructor(encryptionKey: string | undefined) {
    this.#secret = encryptionKey;
  }

  /** Encrypts a provider key for its owner. Throws `unavailable` without an `ENCRYPTION_KEY`. */
  async encrypt(text: string, owner: ProviderKeyOwner): Promise<string> {
    const key = await this.#load();
    if (!key) {
      const fix = 'Its operator has to set it to 32 random bytes in base64 (openssl rand -base64 32).';
      throw unavailable(`Provider keys cannot be kept, for this gateway has no ENCRYPTION_KEY. ${fix}`);
    }
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const ciphertext = await crypto.subtle.encrypt(createAlgorithm(iv, owner), key, new TextEncoder().encode(text));
    return [version, toBase64Url(iv), toBase64Url(new Uint8Array(ciphertext))].join('.');
  }

  /**
   * Decrypts a provider key. Throws `unavailable` if it was encrypted for another owner or under another key, or if the
   * text is not an encrypted key.
   */
  async decrypt(encryptedKey: string, owner: ProviderKeyOwner): Promise<string> {
    const [, nonce, ciphertext] = /^v1\.([\w-]+)\.([\w-]+)$/.exec(encryptedKey) ?? [];
    const key = await this.#load();
    try {
      if (!key || nonce === undefined || ciphertext === undefined) throw new Error('no key, or not an encrypted key');
      const algorithm = createAlgorithm(fromBase64Url(nonce), owner);
      return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, fromBase64Url(ciphertext)));
    } catch (cause) {
      const fix = 'Set ENCRYPTION_KEY to the value under which it was stored, or store the key again.';
      throw unavailable(`The tenant's own key for provider "${owner.provider}" cannot be read. ${fix}`, cause);
    }
  }

  async #load(): Promise<CryptoKey | undefined> {
    if (this.#key || this.#secret === undefined) return this.#key;
    const bytes = fromBase64(this.#secret);
    this.#key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
    return this.#key;
  }
}

function createAlgorithm(iv: Uint8Array<ArrayBuffer>, { tenantId, provider }: ProviderKeyOwner) {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(JSON.stringify([tenantId, provider])) };
}

/** The error is not retryable: only the operator can solve the problem. */
function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('unavailable', message, { retryable: false, cause });
}
