import type { Redis } from '@upstash/redis/cloudflare';
import type { Database } from '../db/client.ts';
import { type Budget, type Charge, sumCharges } from '../db/queries/charges.ts';
import { counterKey, dayOf } from '../limits/counter-keys.ts';
import { unsettledAfterMs } from '../limits/redis-scripts.ts';
import { type OpenHold, readCounters } from './open-holds.ts';

/** A budget counter in Redis that differs from the ledger plus the open holds. */
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
  /** What has to be added to the counter, negative if it is too high. */
  readonly missingNanoUsd: bigint;
}

interface Comparison {
  readonly differences: readonly CounterDifference[];
  /** All open holds of the compared tenants. */
  readonly holds: readonly OpenHold[];
}

interface CompareOptions {
  readonly database: Database;
  readonly redis: Redis;
  readonly from: Date;
  readonly to: Date;
  readonly nowMs: number;
  /** The table whose costs the counters are compared with. */
  readonly source: 'ledger' | 'rollups';
  /** After how long without an update the requests of a hold have ended, in milliseconds. Absent: 15 minutes. */
  readonly unsettledAfterMs?: number | undefined;
}

interface Counter {
  readonly budget: Budget;
  readonly period: string;
  readonly key: string;
}

const dayMs = 86_400_000;
/** Redis keeps daily counters for 3 days and monthly ones for 40. */
const maxLifetimeDays = { daily: 4, monthly: 41 };
const batchSize = 100;

/**
 * Compares the budget counters of the days and months that touch a period with the ledger plus the open holds. One comparison
 * proves nothing, because a request that is being settled reaches one of them before the other.
 */
export async function compareBudgets(budgets: readonly Budget[], options: CompareOptions): Promise<Comparison> {
  const byTenant = Map.groupBy(budgets, ({ tenantId }) => tenantId);
  const tenantIds = [...byTenant.keys()];
  const differences: CounterDifference[] = [];
  const holds: OpenHold[] = [];
  for (let start = 0; start < tenantIds.length; start += batchSize) {
    const batch = tenantIds.slice(start, start + batchSize).map((tenantId) => ({
      tenantId,
      counters: (byTenant.get(tenantId) ?? []).flatMap((budget) => listCounters(budget, options)),
    }));
    const charges = await sumCharges(options.database, {
      tenantIds: batch.map(({ tenantId }) => tenantId),
      from: startOfMonth(options.from),
      to: startOfMonth(options.to, 1),
      by: options.source,
    });
    const chargesByTenant = Map.groupBy(charges, ({ tenantId }) => tenantId);
    const counterKeys = batch.map(({ tenantId, counters }) => ({
      tenantId,
      counterKeys: counters.map(({ key }) => key),
    }));
    const tenantCounters = await readCounters(options.redis, counterKeys);
    for (const [tenantIndex, { counters, holds: tenantHolds }] of tenantCounters.entries()) {
      holds.push(...tenantHolds);
      const tenantCharges = chargesByTenant.get(batch[tenantIndex]?.tenantId ?? '') ?? [];
      for (const [index, chargedNanoUsd] of counters.entries()) {
        const counter = batch[tenantIndex]?.counters[index];
        if (!counter || chargedNanoUsd === undefined) continue;
        const difference = compare(counter, chargedNanoUsd, {
          charges: tenantCharges,
          holds: tenantHolds,
          ...options,
        });
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
  const isCounted = (charge: { readonly keyId: string; readonly day: string }) =>
    (scope === 'tenant' || charge.keyId === scopeId) && charge.day.startsWith(period);
  const ledgerNanoUsd = sum(options.charges.filter(isCounted).map(({ costNanoUsd }) => costNanoUsd));
  const holds = options.holds.filter(isCounted);
  const heldNanoUsd = sum(holds.map(({ amountNanoUsd }) => amountNanoUsd));
  const missingNanoUsd = ledgerNanoUsd + heldNanoUsd - chargedNanoUsd;
  // A hold whose isolate died may have rows in the ledger already. Until it is settled they are charged as a part of it.
  const unsettledHolds = holds.filter((hold) => isUnsettled(hold, options));
  const unsettledNanoUsd = sum(unsettledHolds.map(({ amountNanoUsd }) => amountNanoUsd));
  if (missingNanoUsd === 0n || (missingNanoUsd > 0n && missingNanoUsd <= unsettledNanoUsd)) return undefined;
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

/** Returns whether a hold was not updated for so long that no isolate will settle it. */
export function isUnsettled(
  { touchedAtMs }: OpenHold,
  options: { readonly nowMs: number; readonly unsettledAfterMs?: number | undefined },
): boolean {
  return options.nowMs - touchedAtMs >= (options.unsettledAfterMs ?? unsettledAfterMs);
}

/** Returns the counters that Redis may still have for a budget. */
function listCounters(budget: Budget, { from, to, nowMs }: CompareOptions): Counter[] {
  const { tenantId, scopeId, daily, monthly } = budget;
  const counters = new Map<string, Counter>();
  const add = (kind: 'daily_budget' | 'monthly_budget', ms: number) => {
    const day = dayOf(ms);
    const key = counterKey(tenantId, { kind, scopeId }, day);
    counters.set(key, { budget, key, period: kind === 'daily_budget' ? day : day.slice(0, 7) });
  };
  const endMs = Math.min(to.getTime(), nowMs + dayMs);
  const since = (days: number) => Math.max(from.getTime(), nowMs - days * dayMs);
  const startOfDay = (ms: number) => ms - (ms % dayMs);
  if (daily) for (let ms = startOfDay(since(maxLifetimeDays.daily)); ms < endMs; ms += dayMs) add('daily_budget', ms);
  if (monthly)
    for (let ms = startOfDay(since(maxLifetimeDays.monthly)); ms < endMs; ms += dayMs) add('monthly_budget', ms);
  return [...counters.values()];
}

/** Returns the start of the month of a time, or of a later month, UTC. */
function startOfMonth(time: Date, laterMonths = 0): Date {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + laterMonths));
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
