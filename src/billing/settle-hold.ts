import type { Redis } from '@upstash/redis/cloudflare';
import type { Database } from '../db/client.ts';
import { findLedgerCost, listTenantIds } from '../db/queries/charges.ts';
import { insertLedgerRows } from '../db/queries/usage-ledger.ts';
import { listSettledKeys } from '../limits/counter-changes.ts';
import { counterKey, holdsKey } from '../limits/counter-keys.ts';
import { endUserScopeId } from '../limits/end-users.ts';
import { settleScript } from '../limits/redis-scripts.ts';
import { isUnsettled } from './compare-budgets.ts';
import { findHold, type OpenHold } from './open-holds.ts';
import { rejectArchivedPeriod } from './reject-archived-period.ts';

interface SettleOptions {
  readonly database: Database;
  readonly redis: Redis;
  /** After how long without an update a hold counts as abandoned, in milliseconds. Absent: 15 minutes. */
  readonly unsettledAfterMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/**
 * The outcome of `settleHold`. `absent`: the hold does not exist, or was settled before. `in_use`: its requests may still be in
 * progress and settle it themselves.
 */
export type Settlement =
  | { readonly outcome: 'settled'; readonly hold: OpenHold; readonly costNanoUsd: bigint }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'in_use'; readonly hold: OpenHold };

/**
 * Settles a hold whose isolate died. An operator states the cost, in nano-dollars, of its requests that have no ledger row. The
 * cost becomes a ledger row of the source `adjustment`, so that all sums still agree; the rest goes back to the budgets. Safe to
 * repeat, also after a crash in between: the first stated cost counts. Throws a GatewayError for a cost in an archived month.
 */
export async function settleHold(options: SettleOptions, holdId: string, costNanoUsd: bigint): Promise<Settlement> {
  const { database, redis, unsettledAfterMs, now = Date.now } = options;
  const hold = await findHold(redis, await listTenantIds(database), holdId);
  if (!hold) return { outcome: 'absent' };
  if (!isUnsettled(hold, { nowMs: now(), unsettledAfterMs })) return { outcome: 'in_use', hold };

  // The id comes from the hold, and the time too, so that the row is written once. A hold that was updated has another time.
  const requestId = `req_${holdId.replace(/^lease_/, '')}`;
  const createdAt = getAdjustmentTime(hold);
  // A row that was written before would not be found, and be written twice.
  if (costNanoUsd > 0n) {
    const to = new Date(createdAt.getTime() + 1);
    await rejectArchivedPeriod(database, { from: createdAt, to, fix: 'Settle the hold without --cost' });
  }
  const isStored = (await findLedgerCost(database, requestId)) !== undefined;
  if (costNanoUsd > 0n && !isStored) await insertAdjustment(database, hold, { requestId, costNanoUsd, createdAt });
  const cost = (await findLedgerCost(database, requestId)) ?? 0n;
  const budgetKeys = listBudgetKeys(hold);
  const isApplied = await redis.eval<unknown[], number>(
    settleScript,
    [holdsKey(hold.tenantId), ...listSettledKeys(budgetKeys)],
    [holdId, hold.version, '0', '0', budgetKeys.length, 1, Math.floor(createdAt.getTime() / 1000), cost.toString()],
  );
  return Number(isApplied) === 1 ? { outcome: 'settled', hold, costNanoUsd: cost } : { outcome: 'absent' };
}

async function insertAdjustment(
  database: Database,
  { tenantId, keyId }: OpenHold,
  {
    requestId,
    costNanoUsd,
    createdAt,
  }: { readonly requestId: string; readonly costNanoUsd: bigint; readonly createdAt: Date },
): Promise<void> {
  const row = { requestId, tenantId, keyId, source: 'adjustment', provider: 'unknown', model: 'unknown' } as const;
  await insertLedgerRows(database, [
    { ...row, status: 'failed', errorCode: 'internal', tokenSource: 'none', costNanoUsd, totalMs: 0, createdAt },
  ]);
}

const dayMs = 86_400_000;

/** Returns when the hold was last updated, within the day to which it is charged. */
function getAdjustmentTime({ day, touchedAtMs }: OpenHold): Date {
  const startMs = Date.parse(day);
  return new Date(Math.min(Math.max(touchedAtMs, startMs), startMs + dayMs - 1));
}

/** Returns the key of every counter to which the hold may be charged. */
function listBudgetKeys({ tenantId, keyId, day, subject }: OpenHold): string[] {
  const kinds = ['daily_budget', 'monthly_budget'] as const;
  const owners = [keyId, tenantId];
  const endUsers = subject === undefined ? [] : owners.map((owner) => endUserScopeId(owner, subject));
  const scopeIds = [...owners, ...endUsers];
  return scopeIds.flatMap((scopeId) => kinds.map((kind) => counterKey(tenantId, { kind, scopeId }, day)));
}
