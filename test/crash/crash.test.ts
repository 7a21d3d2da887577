import { describe, expect, test } from 'vitest';
import { canReachRealEngines } from '../support/real-engines.ts';
import { points, runCrashes } from './crash-run.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';

/** `npm run test:crash` has eight rounds. */
const rounds = 2;
const jobsPerRound = 25;
const jobs = rounds * jobsPerRound * points.length;

/** Points at which a crash may interrupt a provider call, of the same or of another job, whose response is then lost. */
const mayRepeatCall = ['after the insert', 'during the provider call', 'after the call, before the commit'];

describe('jobs survive a crash of any component', () => {
  test(`${jobs} jobs with a crash at each point are neither lost nor settled twice (${engines} engines)`, async () => {
    const reports = await runCrashes({ engines, rounds, jobsPerRound });
    expect(reports.map(({ point }) => point)).toEqual(points.map(({ name }) => name));
    expect(reports.reduce((sum, report) => sum + report.jobs, 0)).toBeGreaterThanOrEqual(jobs);
    for (const { point, crashes, lost, twice, unexplained, extraCalls } of reports) {
      expect({ point, lost, twice, unexplained }).toEqual({ point, lost: 0, twice: 0, unexplained: 0 });
      expect(crashes).toBeGreaterThanOrEqual(rounds);
      // A crash repeats at most one call, and none if no call was in flight or its outcome was already stored.
      expect([point, extraCalls]).toEqual([point, mayRepeatCall.includes(point) ? expect.any(Number) : 0]);
      expect(extraCalls).toBeLessThanOrEqual(crashes);
    }
  });
});
