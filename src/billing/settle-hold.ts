import type { Redis } from '@upstash/redis/cloudflare';
import { recordAudit } from '../audit/record-audit.ts';
import type { Database } from '../db/client.ts';
import { findLedgerCost, listTenantIds } from '../db/queries/charges.ts';
import { insertSettlement } from '../db/queries/usage-ledger.ts';
import type { AuditActor, AuditValues } from '../domain/audit.ts';
import { nanoUsdToText } from '../domain/money.ts';
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
  /** The operator. */
  readonly actor: AuditActor;
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
  if (!isStored) await recordSettlement(options, hold, { requestId, costNanoUsd, createdAt });
  const cost = (await findLedgerCost(database, requestId)) ?? 0n;
  const budgetKeys = listBudgetKeys(hold);
  const isApplied = await redis.eval<unknown[], number>(
    settleScript,
    [holdsKey(hold.tenantId), ...listSettledKeys(budgetKeys)],
    [holdId, hold.version, '0', '0', budgetKeys.length, 1, Math.floor(createdAt.getTime() / 1000), cost.toString()],
  );
  return Number(isApplied) === 1 ? { outcome: 'settled', hold, costNanoUsd: cost } : { outcome: 'absent' };
}

interface Adjustment {
  readonly requestId: string;
  readonly costNanoUsd: bigint;
  readonly createdAt: Date;
}

/** Writes the row of the ledger and the entry of the audit log. Without a cost there is no row, and the entry comes before the change in Redis. */
async function recordSettlement(
  { database, actor }: SettleOptions,
  { id: holdId, tenantId, keyId, day, amountNanoUsd }: OpenHold,
  { requestId, costNanoUsd, createdAt }: Adjustment,
): Promise<void> {
  const values: AuditValues = {
    keyId,
    day,
    reserved: nanoUsdToText(amountNanoUsd),
    charged: nanoUsdToText(costNanoUsd),
  };
  if (costNanoUsd > 0n) {
    const row = { requestId, tenantId, keyId, source: 'adjustment', provider: 'unknown', model: 'unknown' } as const;
    const outcome = { status: 'failed', errorCode: 'internal', tokenSource: 'none', costNanoUsd, totalMs: 0 } as const;
    return await insertSettlement(database, { ...row, ...outcome, createdAt }, { actor, holdId, values });
  }
  const subject = { tenantId, subjectType: 'hold', subjectId: holdId } as const;
  // The id comes from the hold, so that a settlement that is repeated after a crash has one entry.
  const entryId = requestId.replace(/^req_/, 'aud_');
  await recordAudit(database, { actor, action: 'hold.settled', ...subject, before: null, after: values }, entryId);
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
