/** What a workload takes from the services that are billed. */
export interface CostCounts {
  /** Requests, and invocations of the queues' consumers and of cron. */
  readonly invocations: number;
  /** Milliseconds of the process that runs the Worker. */
  readonly workerCpuMs: number;
  /** 64 KB written, read or deleted. */
  readonly queueOperations: number;
  readonly statements: number;
  /** Inserted, updated and deleted rows, those of triggers among them. */
  readonly rowsWritten: number;
  /** Milliseconds of the Postgres processes that serve the connections. */
  readonly postgresCpuMs: number;
  /** Commands in scripts count, as well as the scripts. */
  readonly redisCommands: number;
}

/** The counts of one workload at one pace. */
export interface WorkloadCost {
  readonly workload: string;
  readonly requests: number;
  /** Absent for cron. */
  readonly pace?: 'steady' | 'busy';
  readonly counts: CostCounts;
}

/** A run of `npm run bench:cost`. */
export interface CostResults {
  readonly at: string;
  readonly commit: string;
  readonly machine: string;
  readonly workloads: readonly WorkloadCost[];
  /** Per run. */
  readonly cron: CostCounts;
}

/** Divides counts by a number of requests. */
export function divideCounts(counts: CostCounts, divisor: number): CostCounts {
  return mapCounts(counts, (value) => value / divisor);
}

/** Subtracts the counts at the start from those at the end. */
export function subtractCounts(end: CostCounts, start: CostCounts): CostCounts {
  return mapCounts(end, (value, name) => value - start[name]);
}

function mapCounts(counts: CostCounts, change: (value: number, name: keyof CostCounts) => number): CostCounts {
  const { invocations, workerCpuMs, queueOperations, statements, rowsWritten, postgresCpuMs, redisCommands } = counts;
  return {
    invocations: change(invocations, 'invocations'),
    workerCpuMs: change(workerCpuMs, 'workerCpuMs'),
    queueOperations: change(queueOperations, 'queueOperations'),
    statements: change(statements, 'statements'),
    rowsWritten: change(rowsWritten, 'rowsWritten'),
    postgresCpuMs: change(postgresCpuMs, 'postgresCpuMs'),
    redisCommands: change(redisCommands, 'redisCommands'),
  };
}
