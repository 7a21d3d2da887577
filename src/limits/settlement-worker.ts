import type { LimitRule } from '../domain/limits.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import type { BudgetHold } from './budget-hold.ts';
import { type LedgerCharges, periodBefore } from './ledger-charges.ts';
import type { LateRows, RedisCounters } from './redis-counters.ts';
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
  readonly ledger: LedgerCharges;
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
/** How often the ledger is asked for the rows of deferred costs. */
const ledgerIntervalMs = 1_000;
/** Each budget of an end user asks the ledger once. */
const maxBudgetsPerPass = 50;
/** Recovering again sooner finds nothing new. */
const recoveryIntervalMs = 500;

/**
 * Settles leases with Redis in the background, after the responses, so that no client waits for it. A Worker has no thread of its own:
 * the work runs in the `waitUntil` of a request, which ends it after 30 s. So one request owns the work of a tenant, and a later request
 * takes over. Changes that are safe to repeat are sent again until they are confirmed. Only `recover` rejects.
 */
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
        settlement = this.#applyOnceRowsAreSent(changes.filter((one) => !isUrgent(one))).finally(() => {
          settlement = undefined;
        });
        await this.#apply(changes.filter(isUrgent));
      }
      await this.#recoverLostHolds(leases);
    }
    await settlement;
    if (leases.settlementOwner === owner) leases.settlementOwner = undefined;
  }

  /**
   * Sends what this isolate has on hold to a Redis that has lost its keys: reservations, and costs whose rows the ledger may not
   * have yet. A hold that Redis has not lost stays as it is. Rejects if the ledger does not answer.
   */
  async recover(leases: TenantLeases): Promise<void> {
    const { ledger, now } = this.#options;
    const nowMs = now();
    leases.hasLostHolds = true;
    if (nowMs - leases.recoveredAtMs < recoveryIntervalMs) return;
    leases.recoveredAtMs = nowMs;
    const requestIds = leases.listSettled(nowMs);
    const storedIds = requestIds.length > 0 ? await ledger.findStored(requestIds) : [];
    leases.markLost(new Set(storedIds));
    await this.#apply(leases.collectRecreations(now()));
  }

  async #recoverLostHolds(leases: TenantLeases): Promise<void> {
    const nowMs = this.#options.now();
    try {
      if (leases.hasLostHolds) await this.recover(leases);
      if (nowMs - leases.askedLedgerAtMs < ledgerIntervalMs) return;
      const holds = leases.listDeferringHolds();
      if (holds.length === 0) return;
      leases.askedLedgerAtMs = nowMs;
      await this.#settleDeferred(holds);
    } catch (error) {
      this.#options.logger.warn('costs on hold could not be compared with the ledger', { cause: errorName(error) });
    }
  }

  /**
   * Settles the costs that wait for their ledger rows. The rows are counted before, in the counters that were created from the
   * ledger, so that a cost is always either on hold or counted.
   */
  async #settleDeferred(deferring: readonly BudgetHold[]): Promise<void> {
    const { counters, now } = this.#options;
    const budgets = new Map<string, BudgetOfHolds>();
    const holds = new Set<BudgetHold>();
    for (const hold of deferring) {
      if (budgets.size >= maxBudgetsPerPass) break;
      holds.add(hold);
      addBudgets(budgets, hold);
    }
    const cuts = await counters.readCuts([...budgets.keys()]);
    const lateRows: LateRows[] = [];
    const countedIds = new Map<string, ReadonlySet<string>>();
    const count = async ([budgetKey, budget]: readonly [string, BudgetOfHolds], index: number) => {
      const cutSecond = cuts[index];
      if (cutSecond === 0) return;
      const { ids, chargedNanoUsd } = await this.#findCounted(budget, cutSecond);
      countedIds.set(budgetKey, new Set(ids));
      if (cutSecond !== undefined) lateRows.push({ budgetKey, cutSecond, chargedNanoUsd });
    };
    await Promise.all([...budgets].map(count));
    await counters.countLateRows(lateRows);
    for (const hold of deferring) {
      const isCounted = (id: string) => hold.budgetKeys.every((key) => countedIds.get(key)?.has(id) ?? true);
      hold.settleDeferred(new Set(holds.has(hold) ? hold.listDeferred().filter(isCounted) : []), now());
    }
  }

  /** Returns which requests the ledger has charged to a budget, or will have once its counter is created. */
  async #findCounted(
    { rule, tenantId, day, requestIds }: BudgetOfHolds,
    cutSecond: number | undefined,
  ): Promise<{ readonly ids: readonly string[]; readonly chargedNanoUsd: bigint }> {
    const { ledger } = this.#options;
    if (cutSecond !== undefined) {
      const query = { rule, tenantId, ...periodBefore(rule, day, cutSecond), requestIds };
      const { chargedNanoUsd, storedIds } = await ledger.sumCharges(query);
      return { ids: storedIds, chargedNanoUsd };
    }
    // Without a counter nothing can be counted yet. That of an end user who does not come back is not created.
    return { ids: rule.endUser ? await ledger.findStored(requestIds) : [], chargedNanoUsd: 0n };
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
      for (const [index, { confirm }] of changes.entries()) confirm?.(results[index]);
    } catch (error) {
      for (const { confirm } of changes) confirm?.(undefined);
      this.#options.logger.warn('limits could not be told to Redis', { cause: errorName(error) });
    }
  }
}

/** A budget with the requests whose costs are deferred. */
interface BudgetOfHolds {
  readonly rule: LimitRule;
  readonly tenantId: string;
  readonly day: string;
  readonly requestIds: string[];
}

function addBudgets(budgets: Map<string, BudgetOfHolds>, hold: BudgetHold): void {
  const { tenantId, day, rules, budgetKeys } = hold;
  const requestIds = hold.listDeferred();
  for (const [index, rule] of rules.entries()) {
    const key = budgetKeys[index] ?? '';
    const existing = budgets.get(key);
    if (existing) existing.requestIds.push(...requestIds);
    else budgets.set(key, { rule, tenantId, day, requestIds: [...requestIds] });
  }
}

/** Whether others may wait for a change: requests for slots, and all isolates for what is on hold. */
function isUrgent({ change }: PendingChanges[number]): boolean {
  return change.type === 'set_slots' || change.type === 'recreate';
}
