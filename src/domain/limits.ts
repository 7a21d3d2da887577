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

/** The owner of a limit. */
export type LimitScope = 'key' | 'tenant';

/** The quantity that a limit counts. */
export type LimitKind = 'requests' | 'tokens' | 'concurrency' | 'daily_budget' | 'monthly_budget';

/** One limit that a request has to stay within. */
export interface LimitRule {
  readonly kind: LimitKind;
  readonly scope: LimitScope;
  /** `key_…` or `ten_…`. */
  readonly scopeId: string;
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
