import type { Redis } from '@upstash/redis/cloudflare';
import { holdsKey } from '../limits/redis-counters.ts';

/** Money that was drawn from the budgets of a key and its tenant, and is not settled. */
export interface OpenHold {
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  /** The day that it is charged to, UTC: `2026-11-24`. */
  readonly day: string;
  readonly amountNanoUsd: bigint;
  /** How often it has been settled in part. */
  readonly version: string;
  /** When it was last heard of, on Redis's clock. */
  readonly touchedAtMs: number;
}

/** The counters of a tenant's budgets, and its holds, as they stood at one moment. */
export interface TenantCounters {
  /** As they were asked for; undefined where there is none. */
  readonly counters: readonly (bigint | undefined)[];
  readonly holds: readonly OpenHold[];
}

/**
 * KEYS: a tenant's holds, then counters. Gives, with spaces between them, the counters (`-`: none), and behind them the holds
 * as fields and values.
 */
const readScript = `
local reply = {}
for i = 2, #KEYS do reply[#reply + 1] = redis.call('GET', KEYS[i]) or '-' end
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields do reply[#reply + 1] = fields[i] end
return table.concat(reply, ' ')
`;

/** KEYS: a counter. ARGV: what to add. A counter that has run out is not made anew. */
const addScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[1])
return 1
`;

/** Reads counters and holds, those of each tenant at one moment, in one round trip. */
export async function readCounters(
  redis: Redis,
  tenants: readonly { readonly tenantId: string; readonly counterKeys: readonly string[] }[],
): Promise<TenantCounters[]> {
  if (tenants.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const { tenantId, counterKeys } of tenants) {
    pipeline.eval(readScript, [holdsKey(tenantId), ...counterKeys], []);
  }
  const replies = await pipeline.exec<unknown[]>();
  return tenants.map(({ tenantId, counterKeys }, index) => {
    const values = String(replies[index]).split(' ');
    const counters = values.slice(0, counterKeys.length);
    return {
      counters: counters.map((value) => (value === '-' ? undefined : BigInt(value))),
      holds: toHolds(tenantId, values.slice(counterKeys.length)),
    };
  });
}

/** Adds to a counter, so that nothing that is charged meanwhile is lost. False where there is none any more. */
export async function addToCounter(redis: Redis, key: string, amountNanoUsd: bigint): Promise<boolean> {
  return Number(await redis.eval<string[], number>(addScript, [key], [amountNanoUsd.toString()])) === 1;
}

/** Finds a hold by its id among those of all these tenants. */
export async function findHold(
  redis: Redis,
  tenantIds: readonly string[],
  holdId: string,
): Promise<OpenHold | undefined> {
  for (let start = 0; start < tenantIds.length; start += tenantsAtOnce) {
    const some = tenantIds.slice(start, start + tenantsAtOnce);
    const pipeline = redis.pipeline();
    for (const tenantId of some) pipeline.hget(holdsKey(tenantId), holdId);
    const records = await pipeline.exec<unknown[]>();
    for (const [index, record] of records.entries()) {
      const [hold] = record === null ? [] : toHolds(some[index] ?? '', [holdId, String(record)]);
      if (hold) return hold;
    }
  }
  return undefined;
}

const tenantsAtOnce = 200;

function toHolds(tenantId: string, fields: readonly string[]): OpenHold[] {
  const holds: OpenHold[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const record = /^(\d+)\|(\d+)\|(\d+)\|([^|]*)\|(\d{4}-\d\d-\d\d)(?:\|[a-z,]*)?$/.exec(fields[index + 1] ?? '');
    const [, amount = '', version = '', touchedAtMs, keyId = '', day = ''] = record ?? [];
    if (!record) continue;
    holds.push({
      id: fields[index] ?? '',
      tenantId,
      keyId,
      day,
      amountNanoUsd: BigInt(amount),
      version,
      touchedAtMs: Number(touchedAtMs),
    });
  }
  return holds;
}
