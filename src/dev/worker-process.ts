import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { StartError } from './start-error.ts';

/** What the Worker is started with. */
export interface WorkerOptions {
  /** The Worker's wrangler.toml. */
  readonly configPath: string;
  /** The module to run in place of the one that the configuration names. */
  readonly entryPath: string;
  readonly host: string;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Where Durable Objects keep their data; absent: nothing is kept. */
  readonly persistPath: string | undefined;
}

/** What the process tells the runner. */
export type WorkerReport =
  | { readonly type: 'waiting' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'log'; readonly level: string; readonly message: string };

/** The process that runs wrangler and workerd, and everything below it. */
export interface WorkerProcess {
  /** Starts the Worker; resolves when it answers. Throws a StartError where it does not come up. */
  readonly start: (options: WorkerOptions) => Promise<void>;
  /** Ends the whole process group at once. */
  readonly kill: () => Promise<void>;
  /** Resolves when the process is gone, whatever ended it. */
  readonly gone: Promise<unknown>;
}

const startTimeoutMs = 60_000;

/** Wrangler's own settings: no network, no questions, no traces outside of the data folder. */
const wranglerEnvironment = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CI: 'true',
};

/** Starts the process ahead of the Worker, so that wrangler loads while the databases open. */
export function spawnWorkerProcess(logPath: string): WorkerProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('run-worker.ts', import.meta.url))], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...wranglerEnvironment, WRANGLER_LOG_PATH: logPath },
  });
  const gone = once(child, 'exit').finally(() => endGroup(child));
  relay(child.stdout, process.stdout);
  relay(child.stderr, process.stderr);
  child.on('message', (report: WorkerReport) => {
    if (report.type === 'log') writeLog(report);
  });
  const waiting = nextReport(child, 'waiting');
  waiting.catch(() => {});
  return {
    gone,
    async start(options) {
      await waiting;
      const ready = nextReport(child, 'ready');
      child.send(options);
      await ready;
    },
    async kill() {
      endGroup(child);
      await gone;
    },
  };
}

function nextReport(child: ChildProcess, type: WorkerReport['type']): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StartError('The Worker did not start within 60 s.')), startTimeoutMs);
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

/** The process leads its group: what is left of it after its own end is ended by the same number. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}

function writeLog({ level, message }: { level: string; message: string }): void {
  const stream = level === 'error' || level === 'warn' ? process.stderr : process.stdout;
  stream.write(`${message}\n`);
}

/** Passes on what wrangler prints, but for its notes on each batch of a queue. */
function relay(source: Readable | null, target: NodeJS.WriteStream): void {
  if (source === null) return;
  createInterface({ input: source }).on('line', (line) => {
    if (!line.includes('[wrangler:info]')) target.write(`${line}\n`);
  });
}
