import type { Limits } from './limits.ts';
import type { BodyRetention } from './logging.ts';
import type { Scope } from './scope.ts';

/** A tenant's own API key for a provider (BYOK), as it is stored. */
export interface EncryptedProviderKey {
  /** The provider's id: `openai`. */
  readonly provider: string;
  /** `v1.<nonce>.<ciphertext>` */
  readonly encryptedKey: string;
}

/** The key holder: what a verified API key stands for. */
export interface Principal {
  /** `ten_…` */
  readonly tenantId: string;
  readonly tenantName: string;
  /** False: suspended. Such a tenant is rejected everywhere but where it reads about itself. */
  readonly tenantActive: boolean;
  readonly tenantLimits: Limits;
  /** The limits of each end user of the tenant, over all its keys. */
  readonly tenantEndUserLimits: Limits;
  /** The names of the tags that requests may have. */
  readonly tagNames: readonly string[];
  /** Whether the tenant's Responses are stored, where RESPONSE_RETENTION_DAYS is not 0. */
  readonly storeResponses: boolean;
  /** `key_…`, never the key. */
  readonly keyId: string;
  readonly keyName: string;
  readonly scopes: readonly Scope[];
  /** The limits of the key itself. The tenant's apply as well. */
  readonly keyLimits: Limits;
  /** The limits of each end user of the key. */
  readonly keyEndUserLimits: Limits;
  /** The end user of all requests of the key; null: each names its own. */
  readonly endUser: string | null;
  /** Rejects requests without an end user: the key does, or its tenant. */
  readonly requireEndUser: boolean;
  /** Which requests and replies are kept with their bodies. */
  readonly keepBodies: BodyRetention;
  /** Ids of providers; null: any. */
  readonly allowedProviders: readonly string[] | null;
  /** Null: any. */
  readonly allowedModels: readonly string[] | null;
  /** Rejects the fields of a translated request that would be dropped. */
  readonly strict: boolean;
  /** The key is rejected from then on; null: never. */
  readonly expiresAt: Date | null;
  readonly providerKeys: readonly EncryptedProviderKey[];
}

/** The part of a principal that a model request needs. */
export type RequestPrincipal = Pick<
  Principal,
  | 'tenantId'
  | 'keyId'
  | 'keyLimits'
  | 'keyEndUserLimits'
  | 'tenantLimits'
  | 'tenantEndUserLimits'
  | 'endUser'
  | 'requireEndUser'
  | 'tagNames'
  | 'keepBodies'
  | 'allowedProviders'
  | 'allowedModels'
  | 'providerKeys'
>;
