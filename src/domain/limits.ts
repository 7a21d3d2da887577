/** How much a key or a tenant may use. What is null or absent is not limited. */
export interface Limits {
  /** Calls in any 60 seconds. */
  readonly requestsPerMinute?: number | null | undefined;
  /** Tokens in any 60 seconds, input and output, as reserved for a call and then as counted. */
  readonly tokensPerMinute?: number | null | undefined;
  /** Calls that are under way at once. */
  readonly concurrency?: number | null | undefined;
  /** Nano-dollars in a day, UTC. */
  readonly dailyBudgetNanoUsd?: bigint | null | undefined;
  /** Nano-dollars in a month, UTC. */
  readonly monthlyBudgetNanoUsd?: bigint | null | undefined;
}

/** Whom a limit holds for. */
export type LimitScope = 'key' | 'tenant';

/** What a limit counts. */
export type LimitKind = 'requests' | 'tokens' | 'concurrency' | 'daily_budget' | 'monthly_budget';

/** One limit that a call has to stay within. */
export interface LimitRule {
  readonly kind: LimitKind;
  readonly scope: LimitScope;
  /** `key_…` or `ten_…`. */
  readonly scopeId: string;
  /** Calls, tokens, or nano-dollars: below 2^53, so that Redis's Lua counts it exactly. */
  readonly limit: number;
}

/** How a limit stands, as far as this isolate knows. */
export interface LimitStatus {
  readonly rule: LimitRule;
  readonly remaining: number;
  /** Milliseconds until more is free. */
  readonly resetMs: number;
}
