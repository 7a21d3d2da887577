import { type CostCounts, type CostResults, divideCounts, type WorkloadCost } from './cost-counts.ts';

/** List prices in dollars, November 2026. Check them before you rely on them. */
const listPrices = {
  perMillionInvocations: 0.3,
  perMillionCpuMs: 0.02,
  perMillionQueueOperations: 0.4,
  perComputeUnitHour: 0.106,
  per100kRedisCommands: 0.2,
};
const million = 1_000_000;
const msPerHour = 3_600_000;
/** Cron runs once a minute. */
const cronRunsPerMonth = (365 / 12) * 24 * 60;

const begin = '<!-- cost: made by `npm run bench:cost` -->';
const end = '<!-- /cost -->';

/** The dollars that counts cost at list price. */
export function priceCounts(counts: CostCounts) {
  const workers =
    (counts.invocations * listPrices.perMillionInvocations + counts.workerCpuMs * listPrices.perMillionCpuMs) / million;
  const queues = (counts.queueOperations * listPrices.perMillionQueueOperations) / million;
  const postgres = (counts.postgresCpuMs / msPerHour) * listPrices.perComputeUnitHour;
  const redis = (counts.redisCommands * listPrices.per100kRedisCommands) / 100_000;
  return { workers, queues, postgres, redis, total: workers + queues + postgres + redis };
}

/** Returns the page with the tables of a run between its two marks. Throws if they are missing. */
export function insertCostTables(page: string, results: CostResults): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`The page has no place for the tables: ${begin} … ${end}`);
  return `${page.slice(0, from)}${begin}\n${formatTables(results)}\n${page.slice(to)}`;
}

const countColumns =
  'Worker invocations | Worker CPU, ms | queue operations | statements | rows written | Postgres CPU, ms | Redis commands';
const dollarColumns = 'Workers | Queues | Postgres | Redis | total';

function formatTables({ at, commit, machine, workloads, cron }: CostResults): string {
  const ofPace = (pace: WorkloadCost['pace']) => workloads.filter((workload) => workload.pace === pace);
  return [
    ...formatPace('Steady: five requests a second, each by itself', ofPace('steady')),
    ...formatPace('Busy: sixteen requests at once, as fast as they are answered', ofPace('busy')),
    '### Cron',
    '',
    `| a run each minute | ${countColumns} |`,
    '|---|---|---|---|---|---|---|---|',
    `| one run | ${formatCounts(cron)} |`,
    '',
    `A month of cron costs ${formatDollars(priceCounts(divideCounts(cron, 1 / cronRunsPerMonth)).total)} at list price.`,
    '',
    `${at.slice(0, 10)}, commit ${commit}, ${machine}.`,
  ].join('\n');
}

function formatPace(title: string, workloads: readonly WorkloadCost[]): string[] {
  const perRequest = workloads.map(({ workload, requests, counts }) => ({
    workload,
    counts: divideCounts(counts, requests),
  }));
  return [
    `### ${title}`,
    '',
    `| per request | ${countColumns} |`,
    '|---|---|---|---|---|---|---|---|',
    ...perRequest.map(({ workload, counts }) => `| ${workload} | ${formatCounts(counts)} |`),
    '',
    `| dollars per million requests | ${dollarColumns} |`,
    '|---|---|---|---|---|---|',
    ...perRequest.map(({ workload, counts }) => {
      const { workers, queues, postgres, redis, total } = priceCounts(divideCounts(counts, 1 / million));
      return `| ${workload} | ${[workers, queues, postgres, redis, total].map(formatDollars).join(' | ')} |`;
    }),
    '',
  ];
}

function formatCounts({ invocations, workerCpuMs, queueOperations, statements, ...rest }: CostCounts): string {
  const { rowsWritten, postgresCpuMs, redisCommands } = rest;
  const values = [invocations, workerCpuMs, queueOperations, statements, rowsWritten, postgresCpuMs, redisCommands];
  return values.map((value) => value.toFixed(2)).join(' | ');
}

function formatDollars(dollars: number): string {
  return `$${dollars.toFixed(2)}`;
}
