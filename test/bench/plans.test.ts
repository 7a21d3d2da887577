import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realEnginesAnswer } from '../support/real-engines.ts';
import { type LargeDatabase, openLargeDatabase } from './large-database.ts';
import { largeQueries } from './tables.ts';

const isThere = await realEnginesAnswer();
if (!isThere) console.warn('SKIPPED: the plans of large tables, which need a real PostgreSQL.');

describe.runIf(isThere)('over many rows', () => {
  let large: LargeDatabase;

  beforeAll(async () => {
    large = await openLargeDatabase({ jobs: 60_000, calls: 60_000 });
  });

  afterAll(() => large?.close());

  test.each(Object.keys(largeQueries))('%s: no table of that size is read from end to end', async (name) => {
    const plans = await large.explain(largeQueries[name] as (typeof largeQueries)[string]);
    expect(plans.length).toBeGreaterThan(0);
    const whole = plans.flatMap(({ nodes }) =>
      nodes.filter((node) => /^(Parallel )?Seq Scan (?!job_counts$)/.test(node)),
    );
    expect(whole).toEqual([]);
  });
});
