import type { Redis } from '@upstash/redis/cloudflare';
import { recordAudit } from '../audit/record-audit.ts';
import type { Database } from '../db/client.ts';
import { findBudgets, type LedgerSum, sumLedger } from '../db/queries/charges.ts';
import { findRollupDifferences, type RollupDifference, repairRollups } from '../db/queries/reconciliation.ts';
import { sumUsage } from '../db/queries/usage-rollups.ts';
import type { AuditActor } from '../domain/audit.ts';
import { nanoUsdToText } from '../domain/money.ts';
import { type CounterDifference, compareBudgets, isUnsettled } from './compare-budgets.ts';
import { countLateRows } from './count-late-rows.ts';
import { addToCounter, type OpenHold } from './open-holds.ts';
import { rejectArchivedPeriod } from './reject-archived-period.ts';

interface ReconcileOptions {
  readonly database: Database;
  readonly redis: Redis;
  /** Rounded down to the hour. */
  readonly from: Date;
  /** Rounded up to the hour, exclusive. */
  readonly to: Date;
  /** Who repairs rollups and counters; false: they are not repaired. Holds are settled by an operator only. */
  readonly repair: AuditActor | false;
  /** Waits between the two comparisons of the counters. Absent: 6 s. */
  readonly wait?: (() => Promise<unknown>) | undefined;
  /** After how long without an update a hold counts as abandoned, in milliseconds. Absent: 15 minutes. */
  readonly unsettledAfterMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

type Repaired<Difference> = Difference & { readonly repaired: boolean };

/** The comparison of the ledger of a period with its rollups, its budget counters and the usage in GraphQL. */
export interface ReconciliationReport {
  readonly from: Date;
  readonly to: Date;
  readonly ledger: LedgerSum;
  /** What `usage` in GraphQL shows, and whether the ledger agrees. */
  readonly shown: LedgerSum & { readonly agrees: boolean };
  readonly rollups: readonly Repaired<RollupDifference>[];
  readonly counters: readonly Repaired<CounterDifference>[];
  /** Holds of any day that only an operator can settle. */
  readonly unsettled: readonly OpenHold[];
}

const hourMs = 3_600_000;
/** A request is settled in Redis within about 3 s. Its row has passed the queue by then. */
const secondComparisonDelayMs = 6_000;

/**
 * Reconciles the bill of a period to the nano-dollar: compares the ledger with its rollups, the budget counters and the usage
 * that GraphQL shows, and repairs rollups and counters if asked to. Throws a GatewayError for a period with an archived month.
 */
export async function reconcileLedger(options: ReconcileOptions): Promise<ReconciliationReport> {
  const { database } = options;
  const from = new Date(Math.floor(options.from.getTime() / hourMs) * hourMs);
  const to = new Date(Math.ceil(options.to.getTime() / hourMs) * hourMs);
  const period = { ...options, from, to };
  await rejectArchivedPeriod(database, period);
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

/** Returns whether all differences are repaired and no hold waits for an operator. */
export function isReconciled({ shown, rollups, counters, unsettled }: ReconciliationReport): boolean {
  const isRepaired = [...rollups, ...counters].every(({ repaired }) => repaired);
  return shown.agrees && isRepaired && unsettled.length === 0;
}

async function checkRollups({ database, from, to, repair }: ReconcileOptions) {
  const differences = await findRollupDifferences(database, { from, to });
  const remainingGroups = new Set(differences.map(getGroupKey));
  if (repair && differences.length > 0) {
    await repairRollups(database, { from, to }, repair);
    remainingGroups.clear();
    for (const difference of await findRollupDifferences(database, { from, to })) {
      remainingGroups.add(getGroupKey(difference));
    }
  }
  return differences.map((difference) => ({ ...difference, repaired: !remainingGroups.has(getGroupKey(difference)) }));
}

function getGroupKey({ tenantId, hour, keyId, provider, model, source }: RollupDifference): string {
  return JSON.stringify([tenantId, hour, keyId, provider, model, source]);
}

async function checkBudgets(options: ReconcileOptions) {
  const { database, redis, from, to, repair, unsettledAfterMs, now = Date.now } = options;
  const wait = options.wait ?? (() => new Promise((resolve) => setTimeout(resolve, secondComparisonDelayMs)));
  const comparison = { database, redis, from, to, source: 'ledger', unsettledAfterMs } as const;
  const budgets = await findBudgets(database);
  const first = await compareBudgets(budgets, { ...comparison, nowMs: now() });
  const unsettled = first.holds.filter((hold) => isUnsettled(hold, { nowMs: now(), unsettledAfterMs }));
  if (first.differences.length === 0) return { counters: [], unsettled };

  await countLateRows(first.differences, { database, redis });
  await wait();
  const tenantIds = new Set(first.differences.map(({ tenantId }) => tenantId));
  const differingBudgets = budgets.filter(({ tenantId }) => tenantIds.has(tenantId));
  const second = await compareBudgets(differingBudgets, { ...comparison, nowMs: now() });
  const counters: Repaired<CounterDifference>[] = [];
  for (const difference of confirmedDifferences(first.differences, second.differences)) {
    const repaired = repair && (await repairCounter(options, difference, repair));
    counters.push({ ...difference, repaired });
  }
  return { counters, unsettled };
}

/** The entry of the audit log comes first: a crash may leave it without the change, never the change without the entry. */
async function repairCounter(
  { database, redis }: ReconcileOptions,
  { tenantId, scopeId, period, counterKey, chargedNanoUsd, missingNanoUsd }: CounterDifference,
  actor: AuditActor,
): Promise<boolean> {
  const subject = { tenantId, subjectType: 'budget', subjectId: scopeId } as const;
  const before = { period, charged: nanoUsdToText(chargedNanoUsd) };
  const after = { period, charged: nanoUsdToText(chargedNanoUsd + missingNanoUsd) };
  await recordAudit(database, { actor, action: 'budget.repaired', ...subject, before, after });
  return await addToCounter(redis, counterKey, missingNanoUsd);
}

/**
 * Returns the differences of the second comparison that the first one found with the same amount. The others come from
 * requests that are being settled.
 */
export function confirmedDifferences(
  first: readonly CounterDifference[],
  second: readonly CounterDifference[],
): CounterDifference[] {
  const firstAmounts = new Map(first.map(({ counterKey, missingNanoUsd }) => [counterKey, missingNanoUsd]));
  return second.filter(({ counterKey, missingNanoUsd }) => firstAmounts.get(counterKey) === missingNanoUsd);
}

/** Returns whether the shown usage is between two sums of the ledger: rows may be written between the statements. */
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
