import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/client.ts';
import { jobOutboxTable } from '../../src/db/queries/outbox.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { type LargeDatabase, openLargeDatabase } from './large-database.ts';
import { largeQueries } from './tables.ts';

const isThere = await canReachRealEngines();
if (!isThere) console.warn('SKIPPED: the plans of large tables, which need a real PostgreSQL.');

const queries: Readonly<Record<string, (database: Database) => Promise<unknown>>> = {
  ...largeQueries,
  'jobs, the sweep': (database) => jobOutboxTable.takeUnqueued(database, 100),
};

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
      nodes.filter((node) => /^(Parallel )?Seq Scan (?!job_counts$)/.test(node)),
    );
    expect(whole).toEqual([]);
  });
});
