import type { LimitStatus, Limits } from '../domain/limits.ts';

/** A call that asks to be let in. */
export interface AdmissionRequest {
  readonly tenantId: string;
  readonly keyId: string;
  readonly keyLimits: Limits;
  readonly tenantLimits: Limits;
  /** When the call starts: its day is the one that it is charged to. */
  readonly nowMs: number;
  /** Says what the call may come to at most; asked only where a limit counts it. */
  readonly estimate: () => { readonly tokens: number; readonly costNanoUsd: bigint | null };
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** What a call has come to. */
export interface Spent {
  readonly tokens: number;
  readonly costNanoUsd: bigint;
}

/** A place that was made for a call. */
export interface Reservation {
  /** Turns what was reserved into what was spent. To be called whatever became of the call; only the first time counts. */
  readonly settle: (spent: Spent) => void;
  /** To be called every five seconds or so while the call lasts; absent where nothing has to be kept. */
  readonly keep?: (() => void) | undefined;
  /** The state of the rate limits after admission. */
  readonly limits: readonly LimitStatus[];
}
