import { errorName, type Logger } from '../lib/logger.ts';
import type { RedisCounters } from './redis-counters.ts';
import { leaseSeconds } from './redis-scripts.ts';
import type { SettlementOwner, TenantLeases } from './tenant-leases.ts';

/** The rows of the ledger that this isolate has not got rid of yet. */
export interface LedgerRows {
  /** The number of the newest. */
  readonly last: number;
  /** Whether all up to a number are where no crash of this isolate can lose them. */
  readonly sentUpTo: (number: number) => boolean;
  readonly flush: () => Promise<void>;
}

type OpenChanges = ReturnType<TenantLeases['takeChanges']>;

interface FlusherOptions {
  readonly counters: RedisCounters;
  /** Absent: they are not waited for. */
  readonly rows?: LedgerRows | undefined;
  readonly logger: Logger;
  readonly now: () => number;
}

const leaseMs = leaseSeconds * 1000;
/** Where nothing is due nothing is sent. */
const everyMs = 1_000;
/** Others may be waiting for the slots of calls that have ended. */
const slotsEveryMs = 250;
/** Work behind a reply ends after 30 s: a flusher of this age is relieved by the next call, and ends in any case a little later. */
const relievedAfterMs = 10_000;
const maxMs = 25_000;
/** Rows are gathered for half a second; whoever was to send them may have died. */
const rowsFlushedAfterMs = 1_000;
const rowsAwaitedForMs = 3_000;
const rowsPollMs = 50;

/** Tells Redis, behind the replies, what has come of what was drawn. */
export class SettlementWorker {
  readonly #options: FlusherOptions;

  constructor(options: FlusherOptions) {
    this.#options = options;
  }

  /** Sees to it that all that is open is told, by work of this request unless another's is at it. */
  start(quota: TenantLeases, waitUntil: (work: Promise<unknown>) => void): void {
    const nowMs = this.#options.now();
    const { settlementOwner: flusher } = quota;
    // Whoever is at it has to be alive, and to live for long enough to tell of what has just changed.
    if (flusher && nowMs - flusher.seenAtMs < 2 * leaseMs && nowMs - flusher.sinceMs < relievedAfterMs) return;
    const owner = { sinceMs: nowMs, seenAtMs: nowMs };
    quota.settlementOwner = owner;
    waitUntil(this.#flushAll(quota, owner));
  }

  async #flushAll(quota: TenantLeases, owner: SettlementOwner): Promise<void> {
    const { now } = this.#options;
    let settling: Promise<void> | undefined;
    while (quota.settlementOwner === owner && quota.hasUnsettled && now() - owner.sinceMs < maxMs) {
      await scheduler.wait(quota.hasSlots ? slotsEveryMs : everyMs);
      owner.seenAtMs = now();
      const changes = quota.takeChanges(now());
      // What is being settled already comes again, as it was, until it is told.
      const open = settling ? changes.filter(({ change }) => change.type !== 'settle') : changes;
      if (!open.some(({ change }) => change.type === 'settle') || this.#rowsSent()) await this.#tell(open);
      else {
        settling = this.#tellOnceSent(open.filter(({ change }) => change.type !== 'keep_slots')).finally(() => {
          settling = undefined;
        });
        // Others may be waiting for the slots.
        await this.#tell(open.filter(({ change }) => change.type === 'keep_slots'));
      }
    }
    await settling;
    if (quota.settlementOwner === owner) quota.settlementOwner = undefined;
  }

  #rowsSent(): boolean {
    const { rows } = this.#options;
    return rows?.sentUpTo(rows.last) ?? true;
  }

  /**
   * Were this isolate to die with rows that are settled in Redis already, nothing would tell of what they have cost: until
   * they are sent, it stays held.
   */
  async #tellOnceSent(changes: OpenChanges): Promise<void> {
    const { rows, now } = this.#options;
    const sinceMs = now();
    const last = rows?.last ?? 0;
    let flushed = false;
    while (rows && !rows.sentUpTo(last)) {
      const waitedMs = now() - sinceMs;
      if (waitedMs >= rowsAwaitedForMs)
        return await this.#tell(changes.filter(({ change }) => change.type !== 'settle'));
      if (waitedMs >= rowsFlushedAfterMs && !flushed) {
        flushed = true;
        void rows.flush();
      }
      await scheduler.wait(rowsPollMs);
    }
    await this.#tell(changes);
  }

  async #tell(changes: OpenChanges): Promise<void> {
    if (changes.length === 0) return;
    try {
      const taken = await this.#options.counters.applyChanges(changes.map(({ change }) => change));
      for (const [index, { confirmed }] of changes.entries()) confirmed?.(taken[index] ?? false);
    } catch (error) {
      this.#options.logger.warn('limits could not be told to Redis', { cause: errorName(error) });
    }
  }
}
