import type { Redis } from '@upstash/redis/cloudflare';
import type { Database } from '../db/client.ts';
import { findBudgets } from '../db/queries/charges.ts';
import { findRollupDifferences, repairRollups } from '../db/queries/reconciliation.ts';
import type { Logger } from '../lib/logger.ts';
import { type CounterDifference, compareBudgets } from './compare-budgets.ts';
import { countLateRows } from './count-late-rows.ts';
import { confirmedDifferences } from './reconcile-ledger.ts';

interface ReconciliationMonitorOptions {
  readonly database: Database;
  readonly redis: Redis;
  readonly logger: Logger;
  readonly now: () => number;
}

const hourMs = 3_600_000;
const periodMs = 2 * hourMs;
const minIntervalMs = 60_000;
const maxLoggedCounters = 20;

/**
 * Checks the bill of the last two hours if any key or tenant has a budget. Repairs rollups, and counters that Redis had lost. Logs
 * an error for a counter that two runs in a row find with the same difference, and does not change it. There is one instance for each isolate.
 */
export class ReconciliationMonitor {
  readonly #options: ReconciliationMonitorOptions;
  #lastRunAtMs = Number.NEGATIVE_INFINITY;
  #previousDifferences: readonly CounterDifference[] = [];

  constructor(options: ReconciliationMonitorOptions) {
    this.#options = options;
  }

  /** Runs the check, at most once a minute. Rejects if Postgres or Redis does not answer. */
  async run(): Promise<void> {
    const { database, redis, logger, now } = this.#options;
    const nowMs = now();
    if (nowMs - this.#lastRunAtMs < minIntervalMs) return;
    this.#lastRunAtMs = nowMs;
    const budgets = await findBudgets(database);
    if (budgets.length === 0) return;

    const period = { from: startOfHour(nowMs - periodMs), to: startOfHour(nowMs + hourMs) };
    const rollups = await findRollupDifferences(database, { ...period, existingTenantsOnly: true });
    if (rollups.length > 0) {
      const repaired = await repairRollups(database, { ...period, existingTenantsOnly: true });
      logger.error('rollups were not what the ledger says', { differing: rollups.length, repaired });
    }

    const { differences } = await compareBudgets(budgets, { database, redis, ...period, nowMs, source: 'rollups' });
    const confirmed = confirmedDifferences(this.#previousDifferences, differences);
    this.#previousDifferences = differences;
    await countLateRows(differences, { database, redis });
    if (confirmed.length === 0) return;
    logger.error('counters of budgets are not what the ledger says: run `npm run reconcile`', {
      differing: confirmed.length,
      counters: confirmed.slice(0, maxLoggedCounters).map(({ scopeId, period, missingNanoUsd }) => ({
        scopeId,
        period,
        missingNanoUsd: missingNanoUsd.toString(),
      })),
    });
  }
}

function startOfHour(ms: number): Date {
  return new Date(ms - (ms % hourMs));
}
