import type { Redis } from '@upstash/redis/cloudflare';
import type { Database } from '../db/client.ts';
import { findBudgets, type LedgerSum, sumLedger } from '../db/queries/charges.ts';
import { findRollupDifferences, type RollupDifference, repairRollups } from '../db/queries/reconciliation.ts';
import { sumUsage } from '../db/queries/usage-rollups.ts';
import { type CounterDifference, compareBudgets, isUnsettled } from './compare-budgets.ts';
import { addToCounter, type OpenHold } from './open-holds.ts';

interface ReconcileOptions {
  readonly database: Database;
  readonly redis: Redis;
  /** The hour in which it lies, and all after it. */
  readonly from: Date;
  /** Up to the end of the hour in which it lies; an hour that begins at it is not counted. */
  readonly to: Date;
  /** Whether to put right what differs. Holds are settled by nobody but an operator. */
  readonly repair: boolean;
  /** Passes the time between the two looks at the counters. Absent: 6 s. */
  readonly wait?: (() => Promise<unknown>) | undefined;
  /** Milliseconds. Absent: 15 minutes. */
  readonly unsettledAfterMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

type Repaired<Difference> = Difference & { readonly repaired: boolean };

/** Whether ledger, rollups, counters and what GraphQL shows say the same of a period. */
export interface ReconciliationReport {
  readonly from: Date;
  readonly to: Date;
  readonly ledger: LedgerSum;
  /** What GraphQL's `usage` shows. */
  readonly shown: LedgerSum & { readonly agrees: boolean };
  readonly rollups: readonly Repaired<RollupDifference>[];
  readonly counters: readonly Repaired<CounterDifference>[];
  /** Holds of any day that nothing will settle any more but an operator. */
  readonly unsettled: readonly OpenHold[];
}

const hourMs = 3_600_000;
/** A call is settled in Redis within about 3 s, and its row has come through the queue by then. */
const secondLookMs = 6_000;

/** Proves that the bill of a period adds up, to the nano-dollar, or says where it does not. */
export async function reconcileLedger(options: ReconcileOptions): Promise<ReconciliationReport> {
  const { database } = options;
  const from = new Date(Math.floor(options.from.getTime() / hourMs) * hourMs);
  const to = new Date(Math.ceil(options.to.getTime() / hourMs) * hourMs);
  const period = { ...options, from, to };
  const rollups = await checkRollups(period);
  const budgets = await checkBudgets(period);
  const before = await sumLedger(database, period);
  const [usage] = await sumUsage(database, { from, to, groupBy: [], limit: 1 });
  const ledger = await sumLedger(database, period);
  const shown = {
    requests: usage?.requests ?? 0,
    costNanoUsd: usage?.costNanoUsd ?? 0n,
    unpricedRequests: usage?.unpricedRequests ?? 0,
  };
  return {
    from,
    to,
    ledger,
    shown: { ...shown, agrees: isBetween(before, shown, ledger) },
    rollups,
    ...budgets,
  };
}

/** Whether nothing differs any more, and nothing waits for an operator. */
export function isReconciled({ shown, rollups, counters, unsettled }: ReconciliationReport): boolean {
  const differing = [...rollups, ...counters].filter(({ repaired }) => !repaired);
  return shown.agrees && differing.length === 0 && unsettled.length === 0;
}

async function checkRollups({ database, from, to, repair }: ReconcileOptions) {
  const differing = await findRollupDifferences(database, { from, to });
  const left = new Set(differing.map(groupOf));
  if (repair && differing.length > 0) {
    await repairRollups(database, { from, to });
    left.clear();
    for (const difference of await findRollupDifferences(database, { from, to })) left.add(groupOf(difference));
  }
  return differing.map((difference) => ({ ...difference, repaired: !left.has(groupOf(difference)) }));
}

function groupOf({ tenantId, hour, keyId, provider, model, source }: RollupDifference): string {
  return JSON.stringify([tenantId, hour, keyId, provider, model, source]);
}

async function checkBudgets(options: ReconcileOptions) {
  const { database, redis, from, to, repair, unsettledAfterMs, now = Date.now } = options;
  const wait = options.wait ?? (() => new Promise((resolve) => setTimeout(resolve, secondLookMs)));
  const look = { database, redis, from, to, by: 'ledger', unsettledAfterMs } as const;
  const budgets = await findBudgets(database);
  const first = await compareBudgets(budgets, { ...look, nowMs: now() });
  const unsettled = first.holds.filter((hold) => isUnsettled(hold, { nowMs: now(), unsettledAfterMs }));
  if (first.differences.length === 0) return { counters: [], unsettled };

  await wait();
  const tenantIds = new Set(first.differences.map(({ tenantId }) => tenantId));
  const again = budgets.filter(({ tenantId }) => tenantIds.has(tenantId));
  const second = await compareBudgets(again, { ...look, nowMs: now() });
  const counters: Repaired<CounterDifference>[] = [];
  for (const difference of confirmedDifferences(first.differences, second.differences)) {
    const { counterKey, missingNanoUsd } = difference;
    const repaired = repair && (await addToCounter(redis, counterKey, missingNanoUsd));
    counters.push({ ...difference, repaired });
  }
  return { counters, unsettled };
}

/** Those of the second look that the first one found unchanged: the others are of calls that are being settled. */
export function confirmedDifferences(
  first: readonly CounterDifference[],
  second: readonly CounterDifference[],
): CounterDifference[] {
  const known = new Map(first.map(({ counterKey, missingNanoUsd }) => [counterKey, missingNanoUsd]));
  return second.filter(({ counterKey, missingNanoUsd }) => known.get(counterKey) === missingNanoUsd);
}

/** Rows may be written between the statements: what is shown is then between what the ledger had before and after. */
function isBetween(before: LedgerSum, shown: LedgerSum, after: LedgerSum): boolean {
  return (
    before.requests <= shown.requests &&
    shown.requests <= after.requests &&
    before.costNanoUsd <= shown.costNanoUsd &&
    shown.costNanoUsd <= after.costNanoUsd &&
    before.unpricedRequests <= shown.unpricedRequests &&
    shown.unpricedRequests <= after.unpricedRequests
  );
}
