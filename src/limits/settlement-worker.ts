import { errorName, type Logger } from '../lib/logger.ts';
import type { RedisCounters } from './redis-counters.ts';
import { leaseSeconds } from './redis-scripts.ts';
import type { SettlementOwner, TenantLeases } from './tenant-leases.ts';

/** The ledger rows that this isolate has not stored yet. */
export interface LedgerRows {
  /** The number of the newest row. */
  readonly last: number;
  /** Returns whether all rows up to a number are stored where a crash of this isolate cannot lose them. */
  readonly sentUpTo: (number: number) => boolean;
  readonly flush: () => Promise<void>;
}

type PendingChanges = ReturnType<TenantLeases['collectChanges']>;

interface SettlementWorkerOptions {
  readonly counters: RedisCounters;
  /** Absent: settlements do not wait for rows. */
  readonly rows?: LedgerRows | undefined;
  readonly logger: Logger;
  readonly now: () => number;
}

const leaseMs = leaseSeconds * 1000;
/** Nothing is sent if nothing is due. */
const intervalMs = 1_000;
/** Other requests may be waiting for the slots of requests that have ended. */
const slotIntervalMs = 250;
/** Background work ends after 30 s. The next request takes over from an owner of this age. */
const handoverAfterMs = 10_000;
const maxLifetimeMs = 25_000;
/** Rows are batched for half a second. Later the request that was to send them may have ended. */
const rowFlushAfterMs = 1_000;
const maxRowWaitMs = 3_000;
const rowPollIntervalMs = 50;

/** Settles leases with Redis in the background, after the responses. */
export class SettlementWorker {
  readonly #options: SettlementWorkerOptions;

  constructor(options: SettlementWorkerOptions) {
    this.#options = options;
  }

  /** Starts settling the leases of a tenant in the background of this request, unless that of another request does it. */
  start(leases: TenantLeases, waitUntil: (work: Promise<unknown>) => void): void {
    const nowMs = this.#options.now();
    const { settlementOwner: existing } = leases;
    // The owner has to be alive, and to live long enough to settle what has just changed.
    const isAlive = existing && nowMs - existing.lastActiveAtMs < 2 * leaseMs;
    if (isAlive && nowMs - existing.startedAtMs < handoverAfterMs) return;
    const owner = { startedAtMs: nowMs, lastActiveAtMs: nowMs };
    leases.settlementOwner = owner;
    waitUntil(this.#settleAll(leases, owner));
  }

  async #settleAll(leases: TenantLeases, owner: SettlementOwner): Promise<void> {
    const { now } = this.#options;
    let settlement: Promise<void> | undefined;
    while (leases.settlementOwner === owner && leases.hasUnsettled && now() - owner.startedAtMs < maxLifetimeMs) {
      await scheduler.wait(leases.hasSlots ? slotIntervalMs : intervalMs);
      owner.lastActiveAtMs = now();
      const collected = leases.collectChanges(now());
      // A settlement in progress is collected again, unchanged, until it is confirmed.
      const changes = settlement ? collected.filter(({ change }) => change.type !== 'settle') : collected;
      if (!changes.some(({ change }) => change.type === 'settle') || this.#areRowsSent()) await this.#apply(changes);
      else {
        const withoutSlots = changes.filter(({ change }) => change.type !== 'set_slots');
        settlement = this.#applyOnceRowsAreSent(withoutSlots).finally(() => {
          settlement = undefined;
        });
        // Other requests may be waiting for the slots.
        await this.#apply(changes.filter(({ change }) => change.type === 'set_slots'));
      }
    }
    await settlement;
    if (leases.settlementOwner === owner) leases.settlementOwner = undefined;
  }

  #areRowsSent(): boolean {
    const { rows } = this.#options;
    return rows?.sentUpTo(rows.last) ?? true;
  }

  /**
   * Applies changes after the ledger rows are sent. If this isolate died with rows that are settled in Redis already, their
   * cost would be lost. Until they are sent, it stays on hold.
   */
  async #applyOnceRowsAreSent(changes: PendingChanges): Promise<void> {
    const { rows, now } = this.#options;
    const startedAtMs = now();
    const last = rows?.last ?? 0;
    let isFlushing = false;
    while (rows && !rows.sentUpTo(last)) {
      const waitedMs = now() - startedAtMs;
      if (waitedMs >= maxRowWaitMs) return await this.#apply(changes.filter(({ change }) => change.type !== 'settle'));
      if (waitedMs >= rowFlushAfterMs && !isFlushing) {
        isFlushing = true;
        void rows.flush();
      }
      await scheduler.wait(rowPollIntervalMs);
    }
    await this.#apply(changes);
  }

  async #apply(changes: PendingChanges): Promise<void> {
    if (changes.length === 0) return;
    try {
      const results = await this.#options.counters.applyChanges(changes.map(({ change }) => change));
      for (const [index, { confirm }] of changes.entries()) confirm?.(results[index] ?? false);
    } catch (error) {
      this.#options.logger.warn('limits could not be told to Redis', { cause: errorName(error) });
    }
  }
}
