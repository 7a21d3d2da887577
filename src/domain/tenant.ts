import type { Limits } from './limits.ts';
import type { BodyRetention } from './logging.ts';
import type { Scope } from './scope.ts';

/** A tenant, the account that pays, as an administrator sees it. */
export interface Tenant {
  /** `ten_…` */
  readonly id: string;
  readonly name: string;
  /** False: suspended. */
  readonly active: boolean;
  readonly limits: Limits;
  /** The limits of each of its end users, over all its keys. */
  readonly endUserLimits: Limits;
  /** Rejects requests without an end user. */
  readonly requireEndUser: boolean;
  /** Whether its Responses are stored, where RESPONSE_RETENTION_DAYS is not 0. */
  readonly storeResponses: boolean;
  /** The names of the tags that requests may have. */
  readonly tagNames: readonly string[];
  /** Receives a message when a budget runs out. */
  readonly webhookUrl: string | null;
  readonly createdAt: Date;
}

/** An API key of a tenant, without its text. */
export interface ApiKey {
  /** `key_…` */
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** The first characters of its text; null where they are not stored. */
  readonly start: string | null;
  readonly scopes: readonly Scope[];
  /** Ids of providers; null: any. */
  readonly allowedProviders: readonly string[] | null;
  /** Null: any. */
  readonly allowedModels: readonly string[] | null;
  /** Rejects the fields of a translated request that would be dropped. */
  readonly strict: boolean;
  /** The end user of all its requests; null: each names its own. */
  readonly endUser: string | null;
  /** Which requests and replies are kept with their bodies. */
  readonly keepBodies: BodyRetention;
  readonly limits: Limits;
  /** The limits of each of its end users. */
  readonly endUserLimits: Limits;
  /** Rejects requests without an end user. */
  readonly requireEndUser: boolean;
  /** The key that this one replaces. */
  readonly rotatedFrom: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Exact to a minute. */
  readonly lastUsedAt: Date | null;
}

/** A tenant's own API key for a provider (BYOK), without its text. */
export interface ProviderKey {
  readonly tenantId: string;
  /** The provider's id. */
  readonly provider: string;
  /** The last four characters of its text. */
  readonly ending: string;
  readonly createdAt: Date;
}
