import type { Redis } from '@upstash/redis/cloudflare';
import { holdsKey } from '../limits/counter-keys.ts';

/** Money that was acquired from the budgets of a key and its tenant and is not settled. */
export interface OpenHold {
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  /** The day to which the hold is charged, UTC: `2026-11-24`. */
  readonly day: string;
  /** The end user whose budgets it is charged to, as Redis knows it. */
  readonly subject?: string | undefined;
  readonly amountNanoUsd: bigint;
  /** How often the hold was settled in part. */
  readonly version: string;
  /** When the hold was last updated, on the clock of Redis. */
  readonly touchedAtMs: number;
}

/** The budget counters and the holds of a tenant at one moment. */
export interface TenantCounters {
  /** In nano-dollars, in the order of the requested keys. Undefined for a counter that does not exist. */
  readonly counters: readonly (bigint | undefined)[];
  readonly holds: readonly OpenHold[];
}

/**
 * KEYS: the holds of a tenant, then counters. Returns, separated by spaces, the counters (`-` for a missing one), then the
 * holds as fields and values.
 */
const readScript = `
local reply = {}
for i = 2, #KEYS do reply[#reply + 1] = redis.call('GET', KEYS[i]) or '-' end
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields do reply[#reply + 1] = fields[i] end
return table.concat(reply, ' ')
`;

/** KEYS: a counter. ARGV: the amount to add. A counter that has expired is not created again. */
const addScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[1])
return 1
`;

const batchSize = 200;

/** Reads counters and holds in one round trip, those of each tenant at one moment. */
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
      holds: parseHolds(tenantId, values.slice(counterKeys.length)),
    };
  });
}

/**
 * Adds an amount to a counter, which keeps what is charged to it at the same time. Returns false if the counter does not exist
 * any more.
 */
export async function addToCounter(redis: Redis, key: string, amountNanoUsd: bigint): Promise<boolean> {
  return Number(await redis.eval<string[], number>(addScript, [key], [amountNanoUsd.toString()])) === 1;
}

/** Finds a hold by its id among the holds of some tenants. */
export async function findHold(
  redis: Redis,
  tenantIds: readonly string[],
  holdId: string,
): Promise<OpenHold | undefined> {
  for (let start = 0; start < tenantIds.length; start += batchSize) {
    const batch = tenantIds.slice(start, start + batchSize);
    const pipeline = redis.pipeline();
    for (const tenantId of batch) pipeline.hget(holdsKey(tenantId), holdId);
    const records = await pipeline.exec<unknown[]>();
    for (const [index, record] of records.entries()) {
      const [hold] = record === null ? [] : parseHolds(batch[index] ?? '', [holdId, String(record)]);
      if (hold) return hold;
    }
  }
  return undefined;
}

function parseHolds(tenantId: string, fields: readonly string[]): OpenHold[] {
  const holds: OpenHold[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const record = /^(\d+)\|(\d+)\|(\d+)\|([^|]*)\|(\d{4}-\d\d-\d\d)(?:\|[a-z,]*?(?:[ef][dm],([a-z]{3,}))?)?$/.exec(
      fields[index + 1] ?? '',
    );
    const [, amount = '', version = '', touchedAtMs, keyId = '', day = '', subject] = record ?? [];
    if (!record) continue;
    holds.push({
      id: fields[index] ?? '',
      tenantId,
      keyId,
      day,
      amountNanoUsd: BigInt(amount),
      version,
      touchedAtMs: Number(touchedAtMs),
      subject,
    });
  }
  return holds;
}
