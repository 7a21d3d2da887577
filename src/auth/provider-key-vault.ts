import { GatewayError } from '../domain/errors.ts';

/** Whose key it is, for which provider: a sealed key opens for these only. */
export interface ProviderKeyOwner {
  readonly tenantId: string;
  /** The provider's id. */
  readonly provider: string;
}

const version = 'v1';
/** What AES-GCM takes; random, so that a key may seal some 2 ** 32 values. */
const nonceBytes = 12;

/** Seals the providers' keys that tenants bring, by AES-256-GCM under `ENCRYPTION_KEY`: `v1.<nonce>.<ciphertext>`. */
export class ProviderKeyVault {
  readonly #secret: string | undefined;
  #key: CryptoKey | undefined;

  /** Takes 32 bytes in base64; without them nothing can be sealed or opened. */
  constructor(encryptionKey: string | undefined) {
    this.#secret = encryptionKey;
  }

  /** Throws `unavailable` where there is no `ENCRYPTION_KEY`. */
  async seal(text: string, owner: ProviderKeyOwner): Promise<string> {
    const key = await this.#load();
    if (!key) {
      const fix = 'Its operator has to set it to 32 random bytes in base64 (openssl rand -base64 32).';
      throw unavailable(`Provider keys cannot be kept, for this gateway has no ENCRYPTION_KEY. ${fix}`);
    }
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const sealed = await crypto.subtle.encrypt(algorithm(iv, owner), key, new TextEncoder().encode(text));
    return [version, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join('.');
  }

  /** Throws `unavailable` for what was sealed for somebody else, under another key, or not here. */
  async open(sealed: string, owner: ProviderKeyOwner): Promise<string> {
    const [, nonce, ciphertext] = /^v1\.([\w-]+)\.([\w-]+)$/.exec(sealed) ?? [];
    const key = await this.#load();
    try {
      if (!key || nonce === undefined || ciphertext === undefined) throw new Error('no key, or nothing sealed');
      const options = algorithm(fromBase64Url(nonce), owner);
      return new TextDecoder().decode(await crypto.subtle.decrypt(options, key, fromBase64Url(ciphertext)));
    } catch (cause) {
      const fix = 'ENCRYPTION_KEY must be the one under which it was set; else it has to be set anew.';
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

function algorithm(iv: Uint8Array<ArrayBuffer>, { tenantId, provider }: ProviderKeyOwner) {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(JSON.stringify([tenantId, provider])) };
}

/** Nothing changes until the operator does something. */
function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('unavailable', message, { retryable: false, cause });
}

function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
