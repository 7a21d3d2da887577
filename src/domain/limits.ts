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
