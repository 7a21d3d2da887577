import type { Redis } from '@upstash/redis/cloudflare';
import { type LimitKind, type LimitOwner, type LimitRule, type Limits, limitFieldNames } from '../domain/limits.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import type { RedisScript } from '../lib/redis-script.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import { counterKey, dayOf } from './counter-keys.ts';
import { getLimitRules, isBudget } from './limit-rules.ts';
import { common, leaseSeconds, windowSeconds } from './redis-scripts.ts';
import { runScripts } from './run-scripts.ts';

/** How many counters one script reads: Redis serves other calls between two scripts. */
const maxCountersPerScript = 250;

/**
 * Reads what is used of limits, as the acquire script counts it, and writes nothing. What isolates have leased counts as used.
 * KEYS: the counters. ARGV: for each the letter of its kind. Returns the amounts, separated by spaces; \`-\` for a budget without a
 * counter.
 */
const readUsedScript = `${common}
local replies = {}
for i = 1, #KEYS do
  local kind, used = ARGV[i], 0
  if kind == 'b' then
    replies[i] = redis.call('GET', KEYS[i]) or '-'
  else
    local fields = redis.call('HGETALL', KEYS[i])
    for f = 1, #fields, 2 do
      if kind == 'w' then
        local amount = number(fields[f + 1])
        if amount > 0 and number(fields[f]) >= second - ${windowSeconds + leaseSeconds} then used = used + amount end
      else
        local slots, expiresAtMs = string.match(fields[f + 1], '^(%d+):(%d+)$')
        if number(expiresAtMs) > nowMs then used = used + number(slots) end
      end
    end
    replies[i] = text(used)
  end
end
return table.concat(replies, ' ')
`;

/** What the ledger has charged in the day and the month, in nano-dollars. */
export interface PeriodCharges {
  readonly dayNanoUsd: bigint;
  readonly monthNanoUsd: bigint;
}

interface ReaderOptions {
  readonly redis: Redis;
  /** Sums what the ledger has charged to owners, by their ids. An owner without charges may be missing. */
  readonly sumCharges: (owners: readonly LimitOwner[], day: string) => Promise<ReadonlyMap<string, PeriodCharges>>;
  /** How long Redis, and after it the ledger, may take. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly now: () => number;
}

interface Counter {
  readonly owner: LimitOwner;
  readonly rule: LimitRule;
}

/** Reads what is left of limits. */
export class LimitStatusReader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /**
   * Returns what is left of the limits of each owner, in their order: undefined for a limit that is not set. All are null where
   * Redis or the ledger does not answer in time. Makes one round trip to Redis, and one to the ledger if budgets have no counter.
   */
  async read(owners: readonly LimitOwner[]): Promise<(Limits | null)[]> {
    const day = dayOf(this.#options.now());
    const counters = owners.flatMap((owner) => getRules(owner).map((rule) => ({ owner, rule })));
    try {
      const used = await this.#readUsed(counters, day);
      const remaining = new Map(owners.map((owner) => [owner, new Map<LimitKind, number>()]));
      for (const [counter, amount] of used) {
        const { owner, rule } = counter;
        remaining.get(owner)?.set(rule.kind, Math.max(0, rule.limit - amount));
      }
      return owners.map((owner) => toLimits(remaining.get(owner) ?? new Map()));
    } catch (error) {
      this.#options.logger.warn('what is left of limits could not be read', { cause: errorName(error) });
      return owners.map(() => null);
    }
  }

  async #readUsed(counters: readonly Counter[], day: string): Promise<Map<Counter, number>> {
    const { redis, timeoutMs, sumCharges } = this.#options;
    const used = new Map<Counter, number>();
    if (counters.length === 0) return used;
    const batches = splitCounters(counters);
    const scripts = batches.map((batch) => createScript(batch, day));
    const replies = await withTimeout(timeoutMs, runScripts(redis, scripts));
    const missing: Counter[] = [];
    for (const [index, batch] of batches.entries()) {
      // The client turns a text of digits into a number.
      const amounts = String(replies[index]).split(' ');
      for (const [position, counter] of batch.entries()) {
        const amount = Number(amounts[position]);
        if (Number.isNaN(amount)) missing.push(counter);
        else used.set(counter, amount);
      }
    }
    if (missing.length === 0) return used;
    const chargedOwners = [...new Set(missing.map(({ owner }) => owner))];
    const charges = await withTimeout(timeoutMs, sumCharges(chargedOwners, day));
    for (const counter of missing) {
      const { dayNanoUsd, monthNanoUsd } = charges.get(counter.owner.scopeId) ?? { dayNanoUsd: 0n, monthNanoUsd: 0n };
      used.set(counter, Number(counter.rule.kind === 'daily_budget' ? dayNanoUsd : monthNanoUsd));
    }
    return used;
  }
}

function getRules({ scope, scopeId, tenantId, limits }: LimitOwner): LimitRule[] {
  const requestLimits = scope === 'key' ? { key: limits, tenant: {} } : { key: {}, tenant: limits };
  return getLimitRules({ keyId: scopeId, tenantId }, requestLimits);
}

/** Splits counters into batches of one tenant each, whose keys are in one hash slot. */
function splitCounters(counters: readonly Counter[]): Counter[][] {
  return [...Map.groupBy(counters, ({ owner }) => owner.tenantId).values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / maxCountersPerScript) }, (_, index) =>
      group.slice(index * maxCountersPerScript, (index + 1) * maxCountersPerScript),
    ),
  );
}

function createScript(counters: readonly Counter[], day: string): RedisScript {
  return {
    source: readUsedScript,
    keys: counters.map(({ owner, rule }) => counterKey(owner.tenantId, rule, day)),
    values: counters.map(({ rule }) => {
      const letter = rule.kind === 'concurrency' ? 'c' : 'w';
      return isBudget(rule) ? 'b' : letter;
    }),
  };
}

function toLimits(remaining: ReadonlyMap<LimitKind, number>): Limits {
  return Object.fromEntries(
    [...remaining].map(([kind, amount]) => [limitFieldNames[kind], isBudget({ kind }) ? BigInt(amount) : amount]),
  );
}
