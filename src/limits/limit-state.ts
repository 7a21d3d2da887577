import type { LimitRule } from '../domain/limits.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { ConcurrencyLease } from './concurrency-lease.ts';
import { RateLease } from './rate-lease.ts';
import { leaseSeconds } from './redis-scripts.ts';
import { SlotDurations } from './slot-durations.ts';

/** The state of a limit in Redis after the last acquisition, for the headers of responses. */
interface LimitSnapshot {
  readonly free: number;
  /** Milliseconds from the acquisition. Undefined if unknown. */
  readonly freesInMs: number | undefined;
}

/** A denial that is valid until a time: the limit denies an equal or larger shortfall without a round trip. */
interface Denial {
  readonly shortfall: number;
  readonly untilMs: number;
  readonly free: number;
  readonly freesAtMs: number;
  readonly isHeldByOthers: boolean;
}

/** What Redis had free of a limit when another limit denied a request. */
interface Room {
  readonly free: number;
  readonly untilMs: number;
}

/** The leases, the last snapshot and the recent use of one limit. */
export class LimitState {
  readonly rateLease: RateLease;
  readonly concurrencyLease: ConcurrencyLease;
  readonly slotDurations = new SlotDurations();
  /** What the requests that wait for an acquisition are missing. */
  demand = 0;
  /** How many acquisitions for the limit are in progress. Counted for the limits of end users only. */
  acquisitions = 0;
  snapshot: LimitSnapshot | undefined;
  denial: Denial | undefined;
  room: Room | undefined;
  /** Use in an exponentially decaying window. */
  #recentUse = 0;
  #updatedAtMs = 0;

  /** `onLease` is called whenever the state gets leases, which have to be settled. */
  constructor(onLease: () => void = () => undefined) {
    this.rateLease = new RateLease(onLease);
    this.concurrencyLease = new ConcurrencyLease(onLease);
  }

  /** Whether Redis has to receive changes of the leases, now or later. */
  get hasUnsettled(): boolean {
    return this.rateLease.hasUnspent || this.concurrencyLease.hasSlots;
  }

  /** Records a use and returns the amount that is likely to be used while a lease lasts. */
  updateForecast(amount: number, nowMs: number): number {
    const elapsedSeconds = Math.max(0, nowMs - this.#updatedAtMs) / 1000;
    this.#recentUse = this.#recentUse * Math.exp(-elapsedSeconds / leaseSeconds) + amount;
    this.#updatedAtMs = nowMs;
    return Math.ceil(this.#recentUse);
  }
}

/** A limit and its state. */
export interface LimitEntry {
  readonly rule: LimitRule;
  readonly state: LimitState;
}

/** An isolate remembers so many limits of end users, of all tenants. */
const maxEndUserLimits = 10_000;

/** What an isolate remembers of end users, of all tenants together: clients may invent any number of them. */
export class EndUserStates {
  /** By tenant and limit. One that is forgotten is known again from Redis. */
  readonly limits = new BoundedMap<string, LimitEntry>({
    maxSize: maxEndUserLimits,
    evicts: 'least-recently-used',
    canEvict: ({ state }) => !state.hasUnsettled && state.demand === 0 && state.acquisitions === 0,
  });
  /** By tenant and subject, until when an end user that shares counters is known to do so. */
  readonly sharedUntilMs = new BoundedMap<string, number>({ maxSize: maxEndUserLimits, evicts: 'least-recently-set' });
}
