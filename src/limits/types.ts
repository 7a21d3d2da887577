import type { LimitStatus, Limits } from '../domain/limits.ts';

/** A model request that needs admission. */
export interface AdmissionRequest {
  /** The id of its ledger row. */
  readonly requestId: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly keyLimits: Limits;
  readonly tenantLimits: Limits;
  /** The client's id of its user. Absent: the limits of end users count the request with all others that have none. */
  readonly endUser?: string | undefined;
  /** The limits of each end user of the key, and of the tenant. */
  readonly keyEndUserLimits?: Limits | undefined;
  readonly tenantEndUserLimits?: Limits | undefined;
  /** When the request starts. Its cost is charged to this day, UTC. */
  readonly startedAtMs: number;
  /** Estimates the maximum usage. Called only if a limit counts tokens or money. A long prompt takes time. */
  readonly estimate: () => MaxUsage | Promise<MaxUsage>;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** How the client makes the request smaller: `lower max_tokens`. Absent: `lower maxTokens`. */
  readonly reductionHint?: string | undefined;
}

/** What a request may use at most. */
export interface MaxUsage {
  readonly tokens: number;
  /** The tokens without those of input that only the provider sees. Absent: all of them are seen. */
  readonly visibleTokens?: number | undefined;
  /** Null: the price is unknown. */
  readonly costNanoUsd: bigint | null;
}

/** The tokens and the cost of a request that has ended. */
export interface ActualUsage {
  readonly tokens: number;
  readonly costNanoUsd: bigint;
}

/** What an admitted request has reserved from its limits. */
export interface Reservation {
  /** Replaces the reserved maximum by the actual usage. Must be called however the request ends. Only the first call counts. */
  readonly settle: (usage: ActualUsage) => void;
  /** Must be called about every five seconds while the request lasts. Absent if nothing has to be kept alive. */
  readonly keepAlive?: (() => void) | undefined;
  /** The state of the rate limits after admission. */
  readonly limits: readonly LimitStatus[];
}
