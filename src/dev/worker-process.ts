import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { StartError } from './start-error.ts';

/** The options to start the Worker with. */
export interface WorkerOptions {
  /** The Worker's wrangler.toml. */
  readonly configPath: string;
  /** The module to run instead of the one in the configuration. */
  readonly entryPath: string;
  readonly host: string;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  /** The folder for the data of Durable Objects; absent: nothing is stored. */
  readonly persistPath: string | undefined;
}

/** A message of the process to the runner. */
export type WorkerReport =
  | { readonly type: 'waiting' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string }
  | LogReport;

interface LogReport {
  readonly type: 'log';
  readonly level: string;
  readonly message: string;
}

/** The process that runs wrangler and workerd, and its children. */
export interface WorkerProcess {
  /** Starts the Worker. Resolves when it is ready. Throws a StartError if it does not start. */
  readonly start: (options: WorkerOptions) => Promise<void>;
  /** Prints the Worker's log lines: those held back since its start, then each as it comes. */
  readonly showLogs: () => void;
  /** Ends the whole process group at once. */
  readonly kill: () => Promise<void>;
  /** Resolves when the process has ended, for any reason. */
  readonly exited: Promise<unknown>;
}

const startTimeoutMs = 120_000;

/** Settings of wrangler: no network, no questions, no traces outside of the data folder. */
const wranglerEnvironment = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CI: 'true',
};

/** Starts the process before the Worker, so that wrangler loads while the databases open. */
export function spawnWorkerProcess(logPath: string): WorkerProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('run-worker.ts', import.meta.url))], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...wranglerEnvironment, WRANGLER_LOG_PATH: logPath },
  });
  const exited = once(child, 'exit').finally(() => endGroup(child));
  relayLines(child.stdout, process.stdout);
  relayLines(child.stderr, process.stderr);
  let heldLogs: LogReport[] | undefined = [];
  const showLogs = () => {
    heldLogs?.forEach(writeLog);
    heldLogs = undefined;
  };
  child.on('message', (report: WorkerReport) => {
    if (report.type !== 'log') return;
    if (heldLogs) heldLogs.push(report);
    else writeLog(report);
  });
  const waitingReport = waitForReport(child, 'waiting');
  waitingReport.catch(() => {});
  return {
    exited,
    async start(options) {
      await waitingReport;
      const readyReport = waitForReport(child, 'ready');
      child.send(options);
      await readyReport;
    },
    showLogs,
    async kill() {
      // A start that fails is explained by what the Worker has logged.
      showLogs();
      endGroup(child);
      await exited;
    },
  };
}

function waitForReport(child: ChildProcess, type: WorkerReport['type']): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new StartError(`The Worker did not start within ${startTimeoutMs / 1000} s.`)),
      startTimeoutMs,
    );
    const settle = (action: () => void) => {
      clearTimeout(timer);
      child.off('message', onReport).off('exit', onExit);
      action();
    };
    const onExit = () => settle(() => reject(new StartError('The process that runs the Worker has ended.')));
    const onReport = (report: WorkerReport) => {
      if (report.type === type) settle(resolve);
      if (report.type === 'failed') {
        settle(() => reject(new StartError(`The Worker does not start: ${report.message}`)));
      }
    };
    child.on('message', onReport).on('exit', onExit);
  });
}

/** Ends the process group. Children that outlive the process have the same group id. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}

function writeLog({ level, message }: LogReport): void {
  const stream = level === 'error' || level === 'warn' ? process.stderr : process.stdout;
  stream.write(`${message}\n`);
}

/** Relays the output of wrangler, without its notes on each batch of a queue. */
function relayLines(source: Readable | null, target: NodeJS.WriteStream): void {
  if (source === null) return;
  createInterface({ input: source }).on('line', (line) => {
    if (!line.includes('[wrangler:info]')) target.write(`${line}\n`);
  });
}
