/**
 * `npm run bench:cost`: counts what requests take from Workers, Queues, Postgres and Redis, and writes the tables in
 * docs/explanation/cost.md. Needs PostgreSQL on port 5432 and redis-server. It measures no time, but the CPU figures are those of
 * this machine. `--dry-run` prints the tables only.
 */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CostCounts, type CostResults, divideCounts, subtractCounts, type WorkloadCost } from './cost-counts.ts';
import { type CostEnvironment, startCostEnvironment } from './cost-environment.ts';
import { insertCostTables } from './cost-table.ts';
import { type CostWorkload, createCostWorkloads } from './cost-workloads.ts';

const { values: options } = parseArgs({ options: { 'dry-run': { type: 'boolean' } } });
const page = fileURLToPath(new URL('../../docs/explanation/cost.md', import.meta.url));
const steady = { requests: 100, intervalMs: 200 };
const busy = { requests: 1_000, concurrency: 16 };
const cronRuns = 10;
/** Holds are settled and leases end within 5 s. Postgres counts the rows of idle connections after 10 s. */
const quietMs = 12_000;
const pollMs = 2_000;

const environment = await startCostEnvironment();
try {
  const results = await measureAll(environment);
  const text = insertCostTables(await readFile(page, 'utf8'), results);
  if (options['dry-run']) console.log(text);
  else await writeFile(page, text);
} finally {
  await environment.stop();
}

async function measureAll(stand: CostEnvironment): Promise<CostResults> {
  const workloads: WorkloadCost[] = [];
  for (const workload of await createCostWorkloads(stand)) {
    for (let index = 0; index < 20; index += 1) await workload.send();
    await waitUntilQuiet(stand);
    for (const pace of ['steady', 'busy'] as const) {
      const counts = await measure(stand, () =>
        pace === 'steady' ? sendSteadily(workload) : sendConcurrently(workload),
      );
      const { requests } = pace === 'steady' ? steady : busy;
      console.error(`${workload.name}, ${pace}: ${JSON.stringify(divideCounts(counts, requests))}`);
      workloads.push({ workload: workload.name, requests, pace, counts });
    }
  }
  const cron = await measure(stand, async () => {
    for (let run = 0; run < cronRuns; run += 1) await stand.runCron();
  });
  return {
    at: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown model'}`,
    workloads,
    cron: divideCounts(cron, cronRuns),
  };
}

async function measure(stand: CostEnvironment, work: () => Promise<void>): Promise<CostCounts> {
  const start = await stand.readCounts();
  await work();
  await waitUntilQuiet(stand);
  return subtractCounts(await stand.readCounts(), start);
}

/** Waits until the queues are empty and nothing is counted any more. */
async function waitUntilQuiet({ readCounts }: CostEnvironment): Promise<void> {
  const readActivity = async () => {
    const { invocations, queueOperations, statements, redisCommands, rowsWritten } = await readCounts();
    return JSON.stringify([invocations, queueOperations, statements, redisCommands, rowsWritten]);
  };
  let last = await readActivity();
  for (let quietForMs = 0; quietForMs < quietMs; quietForMs += pollMs) {
    await wait(pollMs);
    const activity = await readActivity();
    if (activity !== last) quietForMs = 0;
    last = activity;
  }
}

async function sendSteadily({ send }: CostWorkload): Promise<void> {
  const sent: Promise<void>[] = [];
  for (let index = 0; index < steady.requests; index += 1) {
    sent.push(send());
    await wait(steady.intervalMs);
  }
  await Promise.all(sent);
}

async function sendConcurrently({ send }: CostWorkload): Promise<void> {
  let remaining = busy.requests;
  const sendAll = async () => {
    while (remaining > 0) {
      remaining -= 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: busy.concurrency }, sendAll));
}
