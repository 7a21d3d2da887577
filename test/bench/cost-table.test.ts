import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CostCounts } from './cost-counts.ts';
import { insertCostTables, priceCounts } from './cost-table.ts';

const counts: CostCounts = {
  invocations: 1_000_000,
  workerCpuMs: 2_000_000,
  queueOperations: 3_000_000,
  statements: 5,
  rowsWritten: 7,
  postgresCpuMs: 3_600_000,
  redisCommands: 100_000,
};
const results = {
  ...{ at: '2026-11-30T10:00:00.000Z', commit: 'abc1234', machine: '2 cores of X', cron: counts },
  workloads: (['steady', 'busy'] as const).map((pace) => ({
    workload: `chat, ${pace}`,
    requests: 1_000_000,
    pace,
    counts,
  })),
};

test('counts are priced at list price', () => {
  expect(priceCounts(counts)).toEqual({
    workers: expect.closeTo(0.34, 9),
    queues: expect.closeTo(1.2, 9),
    postgres: expect.closeTo(0.106, 9),
    redis: expect.closeTo(0.2, 9),
    total: expect.closeTo(1.846, 9),
  });
});

describe('the tables in docs/explanation/cost.md', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/explanation/cost.md', import.meta.url)), 'utf8');

  test('are replaced by those of a run, and nothing else is', () => {
    const replaced = insertCostTables(page, results);
    expect(replaced).toContain('| chat, steady | 1.00 | 2.00 | 3.00 | 0.00 | 0.00 | 3.60 | 0.10 |');
    expect(replaced).toContain('| chat, busy | $0.34 | $1.20 | $0.11 | $0.20 | $1.85 |');
    expect(insertCostTables(replaced, results)).toBe(replaced);
    const outside = (text: string) => text.replace(/<!-- cost:.*<!-- \/cost -->/s, '');
    expect(outside(replaced)).toBe(outside(page));
  });

  test('have figures for each workload', () => {
    expect(page.match(/^\| (?:chat|stream|job)[^|]* \| \d/gm)).toHaveLength(10);
    expect(page.match(/^\| (?:chat|stream|job)[^|]* \| \$\d/gm)).toHaveLength(10);
  });

  test('need their marks', () => {
    expect(() => insertCostTables('# Cost', results)).toThrow('The page has no place for the tables');
  });
});
