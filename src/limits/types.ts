import type { Limits } from '../domain/limits.ts';
import type { LimitRule } from './limit-rules.ts';

/** A model request that needs admission. */
export interface AdmissionRequest {
  readonly tenantId: string;
  readonly keyId: string;
  readonly keyLimits: Limits;
  readonly tenantLimits: Limits;
  /** When the request starts. Its cost is charged to this day, UTC. */
  readonly startedAtMs: number;
  /** Estimates the maximum tokens and cost. Called only if a limit counts them. A cost of null means that the price is unknown. */
  readonly estimate: () => { readonly tokens: number; readonly costNanoUsd: bigint | null };
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Receives the status of the limits, whether the request is admitted or denied. */
  readonly onStatus?: ((status: readonly LimitStatus[]) => void) | undefined;
}

/** The tokens and the cost of a request that has ended. */
export interface ActualUsage {
  readonly tokens: number;
  readonly costNanoUsd: bigint;
}

/** The status of a rate limit, as far as this isolate knows it. */
export interface LimitStatus {
  readonly rule: LimitRule;
  readonly remaining: number;
  /** Milliseconds until more is free. */
  readonly resetMs: number;
}

/** What an admitted request has reserved from its limits. */
export interface Reservation {
  /** Replaces the reserved maximum by the actual usage. Must be called however the request ends. Only the first call counts. */
  readonly settle: (usage: ActualUsage) => void;
  /** Must be called about every five seconds while the request lasts. Absent if nothing has to be kept alive. */
  readonly keepAlive?: (() => void) | undefined;
}
