import type { Redis } from '@upstash/redis/cloudflare';
import type { Database } from '../db/client.ts';
import { type Budget, type Charge, sumCharges } from '../db/queries/charges.ts';
import { counterKey, dayOf } from '../limits/redis-counters.ts';
import { unsettledAfterMs } from '../limits/redis-scripts.ts';
import { type OpenHold, readCounters } from './open-holds.ts';

/** A budget's counter that is not what the ledger and the open holds come to. */
export interface CounterDifference {
  readonly tenantId: string;
  readonly scope: 'key' | 'tenant';
  readonly scopeId: string;
  /** A day or a month, UTC: `2026-11-24`, `2026-11`. */
  readonly period: string;
  readonly counterKey: string;
  readonly chargedNanoUsd: bigint;
  readonly ledgerNanoUsd: bigint;
  readonly heldNanoUsd: bigint;
  /** What is to be added to the counter. */
  readonly missingNanoUsd: bigint;
}

interface Comparison {
  readonly differences: readonly CounterDifference[];
  /** All holds that are open. */
  readonly holds: readonly OpenHold[];
}

interface CompareOptions {
  readonly database: Database;
  readonly redis: Redis;
  readonly from: Date;
  readonly to: Date;
  readonly nowMs: number;
  /** What is taken for the bill. */
  readonly by: 'ledger' | 'rollups';
  /** How long a hold goes untouched until its calls have ended, in milliseconds: 15 minutes where it is not said. */
  readonly unsettledAfterMs?: number | undefined;
}

interface Counter {
  readonly budget: Budget;
  readonly period: string;
  readonly key: string;
}

const dayMs = 86_400_000;
/** Redis keeps the counters of days for three, those of months for forty. */
const maxLifetimeDays = { daily: 4, monthly: 41 };
const tenantsAtOnce = 100;

/**
 * Looks at the counters of budgets for the days and months that touch a period: each should be what the ledger has for it,
 * and what is held. One look proves nothing: a call that is being settled is in one of them sooner than in the other.
 */
export async function compareBudgets(budgets: readonly Budget[], options: CompareOptions): Promise<Comparison> {
  const byTenant = Map.groupBy(budgets, ({ tenantId }) => tenantId);
  const tenantIds = [...byTenant.keys()];
  const differences: CounterDifference[] = [];
  const holds: OpenHold[] = [];
  for (let start = 0; start < tenantIds.length; start += tenantsAtOnce) {
    const some = tenantIds.slice(start, start + tenantsAtOnce).map((tenantId) => ({
      tenantId,
      counters: (byTenant.get(tenantId) ?? []).flatMap((budget) => countersOf(budget, options)),
    }));
    const charges = await sumCharges(options.database, {
      tenantIds: some.map(({ tenantId }) => tenantId),
      from: monthOf(options.from),
      to: monthOf(options.to, 1),
      by: options.by,
    });
    const chargesOf = Map.groupBy(charges, ({ tenantId }) => tenantId);
    const asked = some.map(({ tenantId, counters }) => ({ tenantId, counterKeys: counters.map(({ key }) => key) }));
    const read = await readCounters(options.redis, asked);
    for (const [index, { counters, holds: open }] of read.entries()) {
      holds.push(...open);
      const booked = chargesOf.get(some[index]?.tenantId ?? '') ?? [];
      for (const [counterIndex, charged] of counters.entries()) {
        const counter = some[index]?.counters[counterIndex];
        if (!counter || charged === undefined) continue;
        const difference = compare(counter, charged, { charges: booked, holds: open, ...options });
        if (difference) differences.push(difference);
      }
    }
  }
  return { differences, holds };
}

function compare(
  { budget, period, key }: Counter,
  chargedNanoUsd: bigint,
  options: {
    readonly charges: readonly Charge[];
    readonly holds: readonly OpenHold[];
    readonly nowMs: number;
    readonly unsettledAfterMs?: number | undefined;
  },
): CounterDifference | undefined {
  const { tenantId, scope, scopeId } = budget;
  const counts = (one: { readonly keyId: string; readonly day: string }) =>
    (scope === 'tenant' || one.keyId === scopeId) && one.day.startsWith(period);
  const ledgerNanoUsd = sum(options.charges.filter(counts).map(({ costNanoUsd }) => costNanoUsd));
  const held = options.holds.filter(counts);
  const heldNanoUsd = sum(held.map(({ amountNanoUsd }) => amountNanoUsd));
  const missingNanoUsd = ledgerNanoUsd + heldNanoUsd - chargedNanoUsd;
  // A hold whose isolate died may have rows in the ledger already: until it is settled they are charged as a part of it.
  const covered = sum(held.filter((hold) => isUnsettled(hold, options)).map(({ amountNanoUsd }) => amountNanoUsd));
  if (missingNanoUsd === 0n || (missingNanoUsd > 0n && missingNanoUsd <= covered)) return undefined;
  return {
    tenantId,
    scope,
    scopeId,
    period,
    counterKey: key,
    chargedNanoUsd,
    ledgerNanoUsd,
    heldNanoUsd,
    missingNanoUsd,
  };
}

/** Whether a hold has gone untouched for so long that nothing will settle it any more. */
export function isUnsettled(
  { touchedAtMs }: OpenHold,
  options: { readonly nowMs: number; readonly unsettledAfterMs?: number | undefined },
): boolean {
  return options.nowMs - touchedAtMs >= (options.unsettledAfterMs ?? unsettledAfterMs);
}

/** The counters that Redis may still have for a budget. */
function countersOf(budget: Budget, { from, to, nowMs }: CompareOptions): Counter[] {
  const { tenantId, scopeId, daily, monthly } = budget;
  const counters = new Map<string, Counter>();
  const add = (kind: 'daily_budget' | 'monthly_budget', ms: number) => {
    const day = dayOf(ms);
    const key = counterKey(tenantId, { kind, scopeId }, day);
    counters.set(key, { budget, key, period: kind === 'daily_budget' ? day : day.slice(0, 7) });
  };
  const endMs = Math.min(to.getTime(), nowMs + dayMs);
  const since = (days: number) => Math.max(from.getTime(), nowMs - days * dayMs);
  const startOf = (ms: number) => ms - (ms % dayMs);
  if (daily) for (let ms = startOf(since(maxLifetimeDays.daily)); ms < endMs; ms += dayMs) add('daily_budget', ms);
  if (monthly)
    for (let ms = startOf(since(maxLifetimeDays.monthly)); ms < endMs; ms += dayMs) add('monthly_budget', ms);
  return [...counters.values()];
}

/** The beginning of the month in which a time lies, or of one that many months later. */
function monthOf(time: Date, later = 0): Date {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + later));
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
