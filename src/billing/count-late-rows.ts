import type { Redis } from '@upstash/redis/cloudflare';
import type { Database } from '../db/client.ts';
import { sumBudgetCharges } from '../db/queries/budget-charges.ts';
import { seedKey } from '../limits/counter-keys.ts';
import { periodBefore } from '../limits/ledger-charges.ts';
import { countLateRowsScript, readSeedsScript } from '../limits/redis-scripts.ts';
import type { CounterDifference } from './compare-budgets.ts';

/**
 * Charges counters that Redis had lost with the ledger rows that came after the counters were created again. Changes no counter
 * that was never lost. Safe to repeat, and beside isolates that do the same.
 */
export async function countLateRows(
  differences: readonly CounterDifference[],
  { database, redis }: { readonly database: Database; readonly redis: Redis },
): Promise<void> {
  for (const { tenantId, scope, scopeId, period, counterKey: key } of differences) {
    const keys = [key, seedKey(key)];
    const cut = await redis.eval<[], string>(readSeedsScript, keys, []);
    const cutSecond = Number(cut);
    if (!(cutSecond > 0)) continue;
    const isDaily = period.length === 'YYYY-MM-DD'.length;
    const rule = { kind: isDaily ? ('daily_budget' as const) : ('monthly_budget' as const) };
    const bounds = periodBefore(rule, isDaily ? period : `${period}-01`, cutSecond);
    const query = { tenantId, scope, scopeId, ...bounds, requestIds: [] };
    const { chargedNanoUsd } = await sumBudgetCharges(database, query);
    await redis.eval(countLateRowsScript, keys, [cutSecond, chargedNanoUsd.toString()]);
  }
}
