/** The limits of a key or a tenant. A limit that is null or absent does not apply. */
export interface Limits {
  /** Requests in any 60 seconds. */
  readonly requestsPerMinute?: number | null | undefined;
  /** Input and output tokens in any 60 seconds: first as reserved for a request, then as counted. */
  readonly tokensPerMinute?: number | null | undefined;
  /** Requests that are under way at once. */
  readonly concurrency?: number | null | undefined;
  /** Nano-dollars in a day, UTC. */
  readonly dailyBudgetNanoUsd?: bigint | null | undefined;
  /** Nano-dollars in a month, UTC. */
  readonly monthlyBudgetNanoUsd?: bigint | null | undefined;
}

/** The owner of a limit. `endUser`: each end user of a key or of a tenant. */
export type LimitScope = 'key' | 'tenant' | 'endUser';

/** The end user that a limit counts. */
export interface CountedEndUser {
  /** Whether the limit counts its requests by one key, or by all keys of the tenant. */
  readonly owner: 'key' | 'tenant';
  /** `key_…` or `ten_…`. */
  readonly ownerId: string;
  /** What Redis knows it by: 24 letters of its hash, `none` without an end user, or `other` for the ones that share counters. */
  readonly subject: string;
  /** Null: the requests without an end user. */
  readonly name: string | null;
  /** Whether it has no counters of its own: too many end users are new. */
  readonly isShared?: boolean | undefined;
}

/** The quantity that a limit counts. */
export type LimitKind = 'requests' | 'tokens' | 'concurrency' | 'daily_budget' | 'monthly_budget';

/** The field that sets each kind of limit. */
export const limitFieldNames = {
  requests: 'requestsPerMinute',
  tokens: 'tokensPerMinute',
  concurrency: 'concurrency',
  daily_budget: 'dailyBudgetNanoUsd',
  monthly_budget: 'monthlyBudgetNanoUsd',
} as const satisfies Record<LimitKind, keyof Limits>;

/** A key or a tenant with its limits. */
export interface LimitOwner {
  readonly scope: 'key' | 'tenant';
  /** `key_…` or `ten_…`. */
  readonly scopeId: string;
  readonly tenantId: string;
  readonly limits: Limits;
}

/** One limit that a request has to stay within. */
export interface LimitRule {
  readonly kind: LimitKind;
  readonly scope: LimitScope;
  /** `key_…` or `ten_…`; `key_…:u:<subject>` for the limit of an end user. */
  readonly scopeId: string;
  /** With the scope `endUser` only. */
  readonly endUser?: CountedEndUser | undefined;
  /** Requests, tokens or nano-dollars: below 2^53, so that Lua in Redis counts it exactly. */
  readonly limit: number;
}

/** The status of a rate limit, as far as this isolate knows it. */
export interface LimitStatus {
  readonly rule: LimitRule;
  readonly remaining: number;
  /** Milliseconds until more is free. */
  readonly resetMs: number;
}
