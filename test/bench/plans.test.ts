import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/client.ts';
import { updateAlerts } from '../../src/db/queries/alerts.ts';
import { findStoredRequests, sumBudgetCharges } from '../../src/db/queries/budget-charges.ts';
import { findLedgerCost, sumLedger } from '../../src/db/queries/charges.ts';
import { jobOutboxTable } from '../../src/db/queries/outbox.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { firstDay, type LargeDatabase, largeTenant, openLargeDatabase } from './large-database.ts';
import { largeQueries } from './tables.ts';

const isThere = await canReachRealEngines();
if (!isThere) console.warn('SKIPPED: the plans of large tables, which need a real PostgreSQL.');

const requestId = `req_${'1'.padStart(26, '0')}`;
const tenantScope = { scope: 'tenant', scopeId: largeTenant } as const;
/** An hour and a half, the end of which is read from the ledger. */
const hours = { from: new Date(firstDay + 7_200_000), before: new Date(firstDay + 12_600_000) };

const queries: Readonly<Record<string, (database: Database) => Promise<unknown>>> = {
  ...largeQueries,
  'jobs, the sweep': (database) => jobOutboxTable.takeUnqueued(database, 100),
  'ledger, the cost of a request': (database) => findLedgerCost(database, requestId),
  'ledger, which requests are stored': (database) => findStoredRequests(database, [requestId]),
  'ledger, the charges of a budget': (database) =>
    sumBudgetCharges(database, { tenantId: largeTenant, ...tenantScope, ...hours, requestIds: [requestId] }),
  'ledger and jobs, the alerts': (database) =>
    updateAlerts(database, { nowMs: hours.from.getTime(), url: 'https://hooks.example.com/', maxAttemptMs: 600_000 }),
  'ledger, an hour of all tenants': (database) => sumLedger(database, { from: hours.from, to: hours.before }),
};

/** The partitions that have no row yet, and tables with a few rows for each tenant or provider. */
const smallTables = /^(Parallel )?Seq Scan (alerts|job_counts|provider_keys|usage_ledger_(default|\d{4}_\d\d))$/;

describe.runIf(isThere)('query plans over many rows', () => {
  let large: LargeDatabase;

  beforeAll(async () => {
    large = await openLargeDatabase({ jobs: 60_000, calls: 60_000 });
  });

  afterAll(() => large?.close());

  test.each(Object.keys(queries))('%s: scans no large table sequentially', async (name) => {
    const plans = await large.explain(queries[name] as (typeof queries)[string]);
    expect(plans.length).toBeGreaterThan(0);
    const whole = plans.flatMap(({ nodes }) =>
      nodes.filter((node) => /^(Parallel )?Seq Scan /.test(node) && !smallTables.test(node)),
    );
    expect(whole).toEqual([]);
  });
});
