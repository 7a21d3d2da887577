import { setTimeout } from 'node:timers/promises';
import { openDatabase } from '../../src/db/client.ts';
import { startServices } from '../support/services.ts';
import { type FaultServer, type Place, startFaultServer } from './fault-server.ts';
import { JobRows } from './job-rows.ts';
import { buildFaultyWorker, Runtime } from './runtime.ts';
import type { SendFault } from './worker/send-fault.ts';

/** The points of failure: a SIGKILL of the Worker, or a fault of the job queue. */
export const points = [
  { name: 'after the insert', kill: 'after insert' },
  { name: 'the send throws', fault: 'refuse' },
  { name: "the send's answer is lost", fault: 'lose-answer' },
  { name: 'before the claim', kill: 'before claim' },
  { name: 'after the claim', kill: 'after claim' },
  { name: 'during the provider call', kill: 'during the provider call' },
  { name: 'after the call, before the commit', kill: 'before the commit' },
  { name: "the commit's answer is lost", kill: 'after the commit' },
  { name: 'after the commit, before the ack', kill: 'after its answer' },
  { name: 'each message five times', fault: 'five-times' },
] as const satisfies readonly ({ name: string } & ({ kill: Place } | { fault: SendFault }))[];

/** The outcome of the jobs at one point of failure. */
export interface PointReport {
  readonly point: string;
  readonly jobs: number;
  readonly crashes: number;
  /** Jobs that were requested and not completed. */
  readonly lost: number;
  /** Requests with several jobs, and jobs with several rows in the ledger. */
  readonly twice: number;
  /** Provider calls beyond the first one of each job. */
  readonly extraCalls: number;
  /** Jobs with more extra provider calls than crashes that interrupted them. */
  readonly unexplained: number;
}

interface CrashRunOptions {
  readonly engines: 'embedded' | 'real';
  /** SIGKILLs at each point. */
  readonly rounds: number;
  /** Jobs in flight during each SIGKILL. */
  readonly jobsPerRound: number;
}

/** Runs jobs with a failure at each point, lets the cron trigger recover them, and counts the outcomes. */
export async function runCrashes(options: CrashRunOptions): Promise<PointReport[]> {
  await using cleanup = new AsyncDisposableStack();
  const worker = await buildFaultyWorker();
  cleanup.defer(worker.remove);
  const services = await startServices(options.engines);
  cleanup.defer(services.stop);
  const databaseUrl = services.variables.DATABASE_HTTP_URL ?? '';
  const reports: PointReport[] = [];
  for (const point of points) {
    const rows = new JobRows(
      openDatabase({ url: services.variables.DATABASE_URL ?? '', httpUrl: databaseUrl, timeoutMs: 30_000 }),
    );
    const run = new PointRun(rows, 'kill' in point ? point.kill : undefined, 'fault' in point ? point.fault : 'none');
    const server = await startFaultServer(databaseUrl, run);
    const runtime = new Runtime(worker.folder, {
      ...services.variables,
      DATABASE_HTTP_URL: `${server.url}/sql`,
      OPENAI_BASE_URL: `${server.url}/v1`,
      CONTROL_URL: server.url,
    });
    try {
      reports.push({ point: point.name, ...(await run.of(runtime, server, options)) });
    } finally {
      await runtime.kill();
      server.close();
    }
  }
  return reports;
}

/** Ends a run that does not recover. A busy machine may be many times slower than a quiet one. */
const recoveryTimeoutMs = 300_000;

class PointRun {
  readonly #rows: JobRows;
  readonly #kill: Place | undefined;
  readonly #fault: SendFault;
  #runtime: Runtime | undefined;
  /** The number of jobs until the next kill. Undefined if no kill is pending. */
  #passing: number | undefined;
  readonly #hit = new Map<string, number>();
  #crashes = 0;

  constructor(rows: JobRows, kill: Place | undefined, fault: SendFault) {
    this.#rows = rows;
    this.#kill = kill;
    this.#fault = fault;
  }

  strike = async (place: Place): Promise<boolean> => {
    if (place !== this.#kill || this.#passing === undefined) return false;
    this.#passing -= 1;
    if (this.#passing > 0) return false;
    this.#passing = undefined;
    this.#crashes += 1;
    await this.#runtime?.kill();
    return true;
  };

  send = (): SendFault => {
    if (this.#fault === 'none' || (this.#fault !== 'five-times' && Math.random() < 0.5)) return 'none';
    this.#crashes += 1;
    return this.#fault;
  };

  async of(runtime: Runtime, server: FaultServer, options: CrashRunOptions): Promise<Omit<PointReport, 'point'>> {
    this.#runtime = runtime;
    const key = await this.#rows.createTenant();
    await runtime.start();
    const prompts: string[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      const roundPrompts = Array.from({ length: options.jobsPerRound }, (_, index) => `job ${round}-${index}`);
      prompts.push(...roundPrompts);
      await this.#round(key, roundPrompts, server);
    }
    return this.#count(prompts, server);
  }

  async #round(key: string, prompts: readonly string[], server: FaultServer): Promise<void> {
    const runtime = this.#runtime;
    if (!runtime) return;
    if (this.#kill !== undefined) this.#passing = 1 + Math.floor(Math.random() * prompts.length * 0.8);
    let waiting = await submitAll(runtime, key, prompts);
    const until = Date.now() + recoveryTimeoutMs;
    while (this.#passing !== undefined && waiting.length === 0 && Date.now() < until) await setTimeout(20);
    if (this.#kill !== undefined) {
      // The Worker is dead now. If it was never hit, the counts show that.
      await runtime.kill();
      for (const prompt of await this.#rows.running()) this.#hit.set(prompt, (this.#hit.get(prompt) ?? 0) + 1);
      server.turnstile.reset();
      await this.#rows.letTimePass();
      await runtime.start();
    }
    // A client without a reply repeats its request with the same idempotency key.
    while (waiting.length > 0 && Date.now() < until) waiting = await submitAll(runtime, key, waiting);
    while (Date.now() < until) {
      await runtime.fireCron();
      if ((await this.#rows.unfinished()) === 0) return;
      await setTimeout(100);
    }
  }

  async #count(prompts: readonly string[], server: FaultServer): Promise<Omit<PointReport, 'point'>> {
    const byPrompt = Map.groupBy(await this.#rows.all(), ({ prompt }) => prompt);
    const report = { jobs: prompts.length, crashes: this.#crashes, lost: 0, twice: 0, extraCalls: 0, unexplained: 0 };
    for (const prompt of prompts) {
      const jobs = byPrompt.get(prompt) ?? [];
      const [job] = jobs;
      if (job?.status !== 'COMPLETED' || job.settled < 1) report.lost += 1;
      if (jobs.length > 1 || (job?.settled ?? 0) > 1) report.twice += 1;
      const extra = (server.calls.get(prompt) ?? 0) - 1;
      report.extraCalls += Math.max(extra, 0);
      if (extra > (this.#hit.get(prompt) ?? 0)) report.unexplained += 1;
    }
    if (!(await this.#rows.sumsAgree())) report.twice += 1;
    return report;
  }
}

/** Submits jobs, eight at a time. Returns the prompts without a reply. */
async function submitAll(runtime: Runtime, key: string, prompts: readonly string[]): Promise<string[]> {
  const waiting = [...prompts];
  const unanswered: string[] = [];
  const client = async () => {
    for (let prompt = waiting.shift(); prompt !== undefined; prompt = waiting.shift()) {
      if (!(await submit(runtime.url, key, prompt))) unanswered.push(prompt);
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  return unanswered;
}

async function submit(url: string, key: string, prompt: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, 'idempotency-key': prompt },
      body: JSON.stringify({ input: prompt, provider: 'openai' }),
    });
    return response.status === 202 && (await response.text()) !== '';
  } catch {
    return false;
  }
}
