/** `npm run test:crash`: the crash test with more crashes than in `npm test`. Prints the counts as a Markdown table. */
import { canReachRealEngines } from '../support/real-engines.ts';
import { type PointReport, runCrashes } from './crash-run.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
const startedAtMs = Date.now();
const reports = await runCrashes({ engines, rounds: 8, jobsPerRound: 25 });
const seconds = Math.round((Date.now() - startedAtMs) / 1000);
console.log(`${toTable(reports)}\n\n${engines} engines, ${seconds} s`);
if (reports.some(({ lost, twice, unexplained }) => lost + twice + unexplained > 0)) process.exitCode = 1;

function toTable(reports: readonly PointReport[]): string {
  const lines = reports.map(({ point, jobs, crashes, lost, twice, extraCalls }) =>
    ['', point, jobs, crashes, lost, twice, extraCalls, ''].join(' | ').trim(),
  );
  return `| crash | jobs | crashes | lost | settled twice | extra provider calls |\n|---|---|---|---|---|---|\n${lines.join('\n')}`;
}
