import { readFileSync } from 'node:fs';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const shells = ['sh', 'dash', 'bash', 'ash', 'busybox'];
const parentCheckMs = 200;
/** npm passes its signals on, so one Ctrl-C in a terminal arrives twice. A later signal is a second one. */
const minSecondSignalMs = 300;

/** The signals by which the user ends this process. */
export interface StopSignals {
  /** Resolves with the first signal, or when the npm that started this process has ended. */
  readonly stop: Promise<void>;
  /** Sets what a second signal runs: it stops at once. */
  readonly onForce: (action: () => void) => void;
}

export function listenForStopSignals(): StopSignals {
  let forceStop = () => {};
  let stoppedAtMs: number | undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => {
    if (stoppedAtMs === undefined) {
      stoppedAtMs = Date.now();
      resolve();
    } else if (Date.now() - stoppedAtMs > minSecondSignalMs) {
      forceStop();
    }
  };
  for (const signal of signals) process.on(signal, stop);
  // The terminal may close before the last line is written.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  watchParent(resolve);
  return {
    stop: promise,
    onForce(action) {
      forceStop = action;
    },
  };
}

/**
 * Ends this process when the npm that runs it is killed, so that its port is free again. Outside of `npm run`, a parent
 * may end without consequence.
 */
function watchParent(onExit: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const initialAncestry = readAncestry();
  setInterval(() => {
    if (readAncestry() !== initialAncestry) onExit();
  }, parentCheckMs).unref();
}

/** Returns the id of the parent; if that is the shell that npm starts in between, the id of npm as well. */
function readAncestry(): string {
  const parent = process.ppid;
  try {
    const [, command = '', rest = ''] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${parent}/stat`, 'utf8')) ?? [];
    return shells.includes(command) ? `${parent} ${rest}` : `${parent}`;
  } catch {
    // Without /proc (macOS) the shell replaces itself by the command, and npm is the parent.
    return `${parent}`;
  }
}
