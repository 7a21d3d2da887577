import { describe, expect, test } from 'vitest';
import { canReachRealEngines } from '../support/real-engines.ts';
import { points, runCrashes } from './crash-run.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';

/** Where a crash may come while a call is under way, of the job itself or of another, and nobody knows its answer. */
const mayRepeatCall = ['after the insert', 'during the provider call', 'after the call, before the commit'];

describe('jobs survive the crash of any part', () => {
  test(`1,000 jobs, hit at each point, on ${engines} engines: none lost, none settled twice`, async () => {
    const reports = await runCrashes({ engines, rounds: 4, jobsPerRound: 25 });
    expect(reports.map(({ point }) => point)).toEqual(points.map(({ name }) => name));
    expect(reports.reduce((sum, { jobs }) => sum + jobs, 0)).toBeGreaterThanOrEqual(1_000);
    for (const { point, crashes, lost, twice, unexplained, extraCalls } of reports) {
      expect({ point, lost, twice, unexplained }).toEqual({ point, lost: 0, twice: 0, unexplained: 0 });
      expect(crashes).toBeGreaterThanOrEqual(4);
      // A crash repeats one call at most, and none where no call was under way or its outcome stood already.
      expect([point, extraCalls]).toEqual([point, mayRepeatCall.includes(point) ? expect.any(Number) : 0]);
      expect(extraCalls).toBeLessThanOrEqual(crashes);
    }
  });
});
