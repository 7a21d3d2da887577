/**
 * `npm test`: all tests with the defaults that a stranger's machine has, and once more against the real servers what
 * touches Postgres and Redis, where both listen. A file in which a test fails, which a machine busy with the others can bring
 * about, is run once more by itself and counts as it does then; both are said at the end. Arguments go to vitest.
 * TEST_RESULTS_FILE names a file for the counts.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureAssets } from '../src/build/assets.ts';

/**
 * What runs side by side, each by one vitest, and what has the machine to itself because it is about time. Whatever project is
 * in none of them runs last.
 */
const sideBySide = [
  ['unit', 'integration', 'web', 'crash'],
  ['integration-real', 'node', 'sdk', 'examples', 'sockets'],
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
  readonly projects: readonly string[];
  readonly status: number;
  /** Errors that no test has caught, of which the report says nothing. */
  readonly unhandled: boolean;
  /** None where vitest left no report. */
  readonly report?: Report;
}

await ensureAssets();
const { TEST_RESULTS_FILE: resultsFile } = process.env;
const given = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'test-results-'));
const runs = given.length > 0 ? [await run([], given)] : await runAll();
if (resultsFile) await writeFile(resultsFile, JSON.stringify(runs.map(countsOf).reduce(sum)));
await rm(folder, { recursive: true });
process.exit(runs.find(({ status }) => status !== 0)?.status ?? 0);

async function runAll() {
  const first = await Promise.all(sideBySide.map((projects, index) => run(projects, [], index > 0)));
  first.push(await run(sideBySide.flat().map((name) => `!${name}`)));
  const failed = first.flatMap(failedTests);
  if (failed.length === 0) return first;
  const again: Run[] = [];
  for (const one of first) again.push(await runFailedAgain(one));
  console.error(`\nFailed at first:\n${failed.join('\n')}`);
  console.error(`\nFailed by themselves too:\n${again.flatMap(failedTests).join('\n') || 'none'}`);
  return again;
}

/** The run with the files that failed in it replaced by how they do with the machine to themselves. */
async function runFailedAgain(first: Run): Promise<Run> {
  const names = first.report?.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name) ?? [];
  if (!first.report || names.length === 0) return first;
  const { status, unhandled, report } = await run(first.projects, [...names, '--no-file-parallelism']);
  if (!report) return first;
  const kept = first.report.testResults.filter(({ name }) => !names.includes(name));
  const testResults = [...kept, ...report.testResults];
  const numPassedTests = countTests(testResults, 'passed');
  const numFailedTests = countTests(testResults, 'failed');
  return {
    projects: first.projects,
    // What nobody has caught may have been another file's.
    status: first.unhandled ? first.status : status,
    unhandled: first.unhandled || unhandled,
    report: { numTotalTests: numPassedTests + numFailedTests, numPassedTests, numFailedTests, testResults },
  };
}

/** Runs vitest. With `later`, what it prints comes at its end, so that it does not mix with another's. */
async function run(projects: readonly string[], args: readonly string[] = [], later = false): Promise<Run> {
  const file = join(folder, `${randomUUID()}.json`);
  const unhandledFile = `${file}.unhandled`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  reporters.push('--reporter=./test/support/unhandled-reporter.ts');
  const only = projects.flatMap((name) => ['--project', name]);
  const child = spawn('vitest', ['run', ...reporters, ...only, ...args], {
    stdio: later ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, UNHANDLED_ERRORS_FILE: unhandledFile },
  });
  const printed: Buffer[] = [];
  for (const output of [child.stdout, child.stderr]) output?.on('data', (bytes: Buffer) => printed.push(bytes));
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? 1));
  });
  process.stdout.write(Buffer.concat(printed));
  const report = await readReport(file);
  return { projects, status, unhandled: existsSync(unhandledFile), ...(report && { report }) };
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Each by its file, and a file by itself that did not come as far as its tests. */
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

/** Of a run that left no report, one failure. */
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
