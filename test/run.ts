/**
 * `npm test`: all tests with the default settings, and those that use Postgres and Redis once more against real servers where
 * both listen. A file that fails is run once more by itself, and the second result counts. Both results are printed at the end:
 * a test that needs a second run is to be mended. Arguments go to vitest. TEST_RESULTS_FILE names a file for the counts.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureAssets } from '../src/build/assets.ts';
import { usesRealEngines } from './support/real-engines.ts';

interface Group {
  readonly projects: readonly string[];
  /** Which part of the files, as vitest takes it: `1/3`. Absent: all. */
  readonly shard?: string;
}

/** Groups of projects that run side by side, each in one vitest, which runs one file at a time. */
const parallelGroups: readonly Group[] = [
  ...split(['integration', 'integration-isolated'], 3),
  ...((await usesRealEngines()) ? split(['integration-real'], 2) : []),
  { projects: ['crash', 'web'] },
  { projects: ['sockets', 'sdk', 'examples'] },
  { projects: ['unit', 'unit-isolated', 'node'] },
];

/** What measures time or works against deadlines runs afterwards, in two groups: this one, and all other projects. */
const loadGroup: Group = { projects: ['load'] };
const timedGroups: readonly Group[] = [
  {
    projects: [...new Set([...parallelGroups, loadGroup].flatMap(({ projects }) => projects))].map(
      (name) => `!${name}`,
    ),
  },
  loadGroup,
];

interface Counts {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

interface Report extends Counts {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

interface Run {
  readonly group: Group;
  readonly status: number;
  /** Whether there was an error outside of all tests, which the report does not list. */
  readonly unhandled: boolean;
  /** Absent where vitest has written no report. */
  readonly report?: Report;
}

await ensureAssets();
const { TEST_RESULTS_FILE: resultsFile } = process.env;
const vitestArgs = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'test-results-'));
const runs = vitestArgs.length > 0 ? [await run({ projects: [] }, vitestArgs)] : await runAllProjects();
if (resultsFile) await writeFile(resultsFile, JSON.stringify(runs.map(countsOf).reduce(sum)));
await rm(folder, { recursive: true });
process.exit(runs.find(({ status }) => status !== 0)?.status ?? 0);

function split(projects: readonly string[], count: number): Group[] {
  return Array.from({ length: count }, (_, index) => ({ projects, shard: `${index + 1}/${count}` }));
}

function runAtOnce(groups: readonly Group[]): Promise<Run[]> {
  return Promise.all(groups.map((group, index) => run(group, [], index > 0)));
}

async function runAllProjects() {
  const first = await runAtOnce(parallelGroups);
  first.push(...(await runAtOnce(timedGroups)));
  const failed = first.flatMap(failedTests);
  if (failed.length === 0) return first;
  const second: Run[] = [];
  for (const run of first) second.push(await rerunFailedFiles(run));
  console.error(`\nFailed at first:\n${failed.join('\n')}`);
  console.error(`\nFailed by themselves too:\n${second.flatMap(failedTests).join('\n') || 'none'}`);
  return second;
}

/** Runs the failed files of a run again, one after the other. Gives the run with the second results in their place. */
async function rerunFailedFiles(first: Run): Promise<Run> {
  const names = first.report?.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name) ?? [];
  if (!first.report || names.length === 0) return first;
  const { status, unhandled, report } = await run({ projects: first.group.projects }, [
    ...names,
    '--no-file-parallelism',
  ]);
  if (!report) return first;
  const others = first.report.testResults.filter(({ name }) => !names.includes(name));
  const testResults = [...others, ...report.testResults];
  const numPassedTests = countTests(testResults, 'passed');
  const numFailedTests = countTests(testResults, 'failed');
  return {
    group: first.group,
    // An error outside of all tests may come from another file.
    status: first.unhandled ? first.status : status,
    unhandled: first.unhandled || unhandled,
    report: { numTotalTests: numPassedTests + numFailedTests, numPassedTests, numFailedTests, testResults },
  };
}

/** Runs vitest. With `later`, prints its output at its end, so that it does not mix with another's. */
async function run(group: Group, args: readonly string[] = [], later = false): Promise<Run> {
  const file = join(folder, `${randomUUID()}.json`);
  const unhandledFile = `${file}.unhandled`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  reporters.push('--reporter=./test/support/unhandled-reporter.ts');
  const only = group.projects.flatMap((name) => ['--project', name]);
  const shard = group.shard === undefined ? [] : ['--shard', group.shard];
  const child = spawn('vitest', ['run', ...reporters, ...only, ...shard, ...args], {
    stdio: later ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, UNHANDLED_ERRORS_FILE: unhandledFile },
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => output.push(bytes));
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? 1));
  });
  process.stdout.write(Buffer.concat(output));
  const report = await readReport(file);
  return { group, status, unhandled: existsSync(unhandledFile), ...(report && { report }) };
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The failed tests with their files, and the files that failed before their first test. */
function failedTests({ report }: Run): string[] {
  return (report?.testResults ?? [])
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, assertionResults }) => {
      const tests = assertionResults.filter(({ status }) => status === 'failed');
      const file = relative(process.cwd(), name);
      return tests.length > 0 ? tests.map(({ fullName }) => `${file}: ${fullName}`) : [file];
    });
}

function countTests(results: Report['testResults'], status: string) {
  return results.flatMap(({ assertionResults }) => assertionResults).filter((test) => test.status === status).length;
}

/** The counts of a run; one failure where vitest has written no report. */
function countsOf({ report }: Run): Counts {
  if (!report) return { numTotalTests: 1, numPassedTests: 0, numFailedTests: 1 };
  const { numTotalTests, numPassedTests, numFailedTests } = report;
  return { numTotalTests, numPassedTests, numFailedTests };
}

function sum(left: Counts, right: Counts): Counts {
  return {
    numTotalTests: left.numTotalTests + right.numTotalTests,
    numPassedTests: left.numPassedTests + right.numPassedTests,
    numFailedTests: left.numFailedTests + right.numFailedTests,
  };
}
