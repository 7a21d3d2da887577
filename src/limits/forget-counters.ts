import type { Redis } from '@upstash/redis/cloudflare';
import type { LimitKind } from '../domain/limits.ts';
import { counterKey, dayOf, endUserKeys, seedKey } from './counter-keys.ts';
import { endUserScopeId, getSubject } from './end-users.ts';
import { isBudget } from './limit-rules.ts';
import { budgetTtlSeconds } from './redis-scripts.ts';

const dayMs = 86_400_000;
const kinds: readonly LimitKind[] = ['requests', 'tokens', 'concurrency', 'daily_budget', 'monthly_budget'];

/**
 * Deletes what Redis counts of one end user of a tenant, by the tenant and by its keys. `keyIds` are all keys of the tenant, revoked ones
 * too. Its limits start from zero, unless a budget is counted from the ledger again. Returns how many Redis keys were deleted.
 */
export async function forgetEndUserCounters(
  redis: Redis,
  { tenantId, keyIds, endUser, nowMs }: EndUserToForget,
): Promise<number> {
  const subject = getSubject(endUser);
  const days = Array.from({ length: budgetTtlSeconds.monthly / 86_400 + 1 }, (_, index) =>
    dayOf(nowMs - index * dayMs),
  );
  const keys = new Set<string>();
  for (const ownerId of [tenantId, ...keyIds]) {
    for (const kind of kinds) {
      for (const day of days) {
        const key = counterKey(tenantId, { kind, scopeId: endUserScopeId(ownerId, subject) }, day);
        keys.add(key);
        if (isBudget({ kind })) keys.add(seedKey(key));
      }
    }
  }
  const [registry] = endUserKeys(tenantId);
  const [, deleted] = await redis
    .pipeline()
    .zrem(registry, subject)
    .del(...keys)
    .exec<[number, number]>();
  return deleted;
}

interface EndUserToForget {
  readonly tenantId: string;
  readonly keyIds: readonly string[];
  readonly endUser: string;
  readonly nowMs: number;
}
