import type { Redis } from '@upstash/redis/cloudflare';
import type { Database } from '../db/client.ts';
import { findBudgets } from '../db/queries/charges.ts';
import { findRollupDifferences, repairRollups } from '../db/queries/reconciliation.ts';
import type { Logger } from '../lib/logger.ts';
import { type CounterDifference, compareBudgets } from './compare-budgets.ts';
import { confirmedDifferences } from './reconcile-ledger.ts';

interface BillWatchOptions {
  readonly database: Database;
  readonly redis: Redis;
  readonly logger: Logger;
  readonly now: () => number;
}

const hourMs = 3_600_000;
const periodMs = 2 * hourMs;
const everyMs = 60_000;
const maxLogged = 20;

/**
 * Looks at the bill of the last two hours now and then, where anybody has a budget: rollups are put right, counters are only
 * told of, once one run has found what the run before had found. One for each isolate.
 */
export class ReconciliationMonitor {
  readonly #options: BillWatchOptions;
  #ranAtMs = Number.NEGATIVE_INFINITY;
  #seen: readonly CounterDifference[] = [];

  constructor(options: BillWatchOptions) {
    this.#options = options;
  }

  /** To be called as often as cron fires: it works at most once a minute. */
  async run(): Promise<void> {
    const { database, redis, logger, now } = this.#options;
    const nowMs = now();
    if (nowMs - this.#ranAtMs < everyMs) return;
    this.#ranAtMs = nowMs;
    const budgets = await findBudgets(database);
    if (budgets.length === 0) return;

    const period = { from: hourOf(nowMs - periodMs), to: hourOf(nowMs + hourMs) };
    const rollups = await findRollupDifferences(database, { ...period, existingTenantsOnly: true });
    if (rollups.length > 0) {
      const repaired = await repairRollups(database, { ...period, existingTenantsOnly: true });
      logger.error('rollups were not what the ledger says', { differing: rollups.length, repaired });
    }

    const { differences } = await compareBudgets(budgets, { database, redis, ...period, nowMs, by: 'rollups' });
    const lasting = confirmedDifferences(this.#seen, differences);
    this.#seen = differences;
    if (lasting.length === 0) return;
    logger.error('counters of budgets are not what the ledger says: run `npm run reconcile`', {
      differing: lasting.length,
      counters: lasting.slice(0, maxLogged).map(({ scopeId, period, missingNanoUsd }) => ({
        scopeId,
        period,
        missingNanoUsd: missingNanoUsd.toString(),
      })),
    });
  }
}

function hourOf(ms: number): Date {
  return new Date(ms - (ms % hourMs));
}
