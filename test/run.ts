/**
 * `npm test`: all tests with the defaults that a stranger's machine has, and once more against the real servers what
 * touches Postgres and Redis, where both listen. Arguments go to vitest. TEST_RESULTS_FILE names a file for the counts.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAssets } from '../src/local/assets.ts';

/**
 * What runs side by side, each by one vitest, and what has the machine to itself because it is about time. Whatever project is
 * in none of them runs last.
 */
const sideBySide = [
  ['unit', 'flows', 'console', 'crash'],
  ['flows-real', 'node', 'sdk', 'examples', 'sockets'],
];

interface Counts {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

await ensureAssets();
const { TEST_RESULTS_FILE: resultsFile } = process.env;
const given = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'test-results-'));
const runs = given.length > 0 ? [await run(given)] : await runAll();
if (resultsFile) await writeFile(resultsFile, JSON.stringify(runs.map(({ counts }) => counts).reduce(sum)));
await rm(folder, { recursive: true });
process.exit(runs.find(({ status }) => status !== 0)?.status ?? 0);

async function runAll() {
  const first = await Promise.all(
    sideBySide.map((names, index) =>
      run(
        names.flatMap((name) => ['--project', name]),
        index > 0,
      ),
    ),
  );
  return [...first, await run(sideBySide.flat().flatMap((name) => ['--project', `!${name}`]))];
}

/** Runs vitest. With `later`, what it prints comes at its end, so that it does not mix with another's. */
async function run(args: readonly string[], later = false): Promise<{ status: number; counts: Counts }> {
  const file = join(folder, `${args.join('_').replaceAll(/\W/g, '_').slice(0, 100)}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const child = spawn('vitest', ['run', ...reporters, ...args], {
    stdio: later ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  const printed: Buffer[] = [];
  for (const output of [child.stdout, child.stderr]) output?.on('data', (bytes: Buffer) => printed.push(bytes));
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? 1));
  });
  process.stdout.write(Buffer.concat(printed));
  return { status, counts: await readCounts(file) };
}

/** Of a run that left no report, one failure. */
async function readCounts(file: string): Promise<Counts> {
  try {
    const { numTotalTests, numPassedTests, numFailedTests } = JSON.parse(await readFile(file, 'utf8'));
    return { numTotalTests, numPassedTests, numFailedTests };
  } catch {
    return { numTotalTests: 1, numPassedTests: 0, numFailedTests: 1 };
  }
}

function sum(left: Counts, right: Counts): Counts {
  return {
    numTotalTests: left.numTotalTests + right.numTotalTests,
    numPassedTests: left.numPassedTests + right.numPassedTests,
    numFailedTests: left.numFailedTests + right.numFailedTests,
  };
}
