import type { Limits } from './limits.ts';

/** `chat`: sync calls and streams; `jobs`: asynchronous ones; `read`: what dashboards show; `admin`: every tenant's affairs. */
export const scopes = ['chat', 'jobs', 'read', 'admin'] as const;

export type Scope = (typeof scopes)[number];

/** A provider's own API key that a tenant has brought, as it is stored. */
export interface EncryptedProviderKey {
  /** The provider's id: `openai`. */
  readonly provider: string;
  /** `v1.<nonce>.<ciphertext>` */
  readonly sealed: string;
}

/** Who calls: what a verified API key stands for. */
export interface Principal {
  /** `ten_…` */
  readonly tenantId: string;
  readonly tenantName: string;
  /** A suspended tenant is known, and refused everywhere but where it reads about itself. */
  readonly tenantActive: boolean;
  readonly tenantLimits: Limits;
  /** `key_…`, never the key. */
  readonly keyId: string;
  readonly keyName: string;
  readonly scopes: readonly Scope[];
  /** Those of the key itself; the tenant's hold as well. */
  readonly keyLimits: Limits;
  /** Ids of providers; null: any. */
  readonly allowedProviders: readonly string[] | null;
  /** Null: any. */
  readonly allowedModels: readonly string[] | null;
  /** The key is unknown from then on; null: never. */
  readonly expiresAt: Date | null;
  readonly providerKeys: readonly EncryptedProviderKey[];
}

/** What the gateway has to know of whom it makes a call for. */
export type RequestPrincipal = Pick<
  Principal,
  'tenantId' | 'keyId' | 'keyLimits' | 'tenantLimits' | 'allowedProviders' | 'allowedModels' | 'providerKeys'
>;
