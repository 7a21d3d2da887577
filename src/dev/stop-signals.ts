import { readFileSync } from 'node:fs';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const shells = ['sh', 'dash', 'bash', 'ash', 'busybox'];
const parentCheckMs = 200;
/** npm passes on the signals that it gets, so that one Ctrl-C in a terminal arrives twice. */
const oneKeyPressMs = 300;

/** When and how the person at the keyboard wants an end. */
export interface StopSignals {
  /** Resolves with the first signal, or when npm, which started this process, is gone. */
  readonly stop: Promise<void>;
  /** Runs at a second signal: stop at once. */
  readonly onForce: (action: () => void) => void;
}

export function listenForStop(): StopSignals {
  let force = () => {};
  let stoppedAtMs: number | undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => {
    if (stoppedAtMs === undefined) {
      stoppedAtMs = Date.now();
      resolve();
    } else if (Date.now() - stoppedAtMs > oneKeyPressMs) {
      force();
    }
  };
  for (const signal of signals) process.on(signal, stop);
  // The terminal may be gone before the last line is written.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  watchParent(resolve);
  return {
    stop: promise,
    onForce(action) {
      force = action;
    },
  };
}

/**
 * Ends this process when the npm that runs it is killed without a word: whoever did that wants the port back. Outside of
 * `npm run` a parent may go its own way.
 */
function watchParent(onGone: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const started = ancestry();
  setInterval(() => {
    if (ancestry() !== started) onGone();
  }, parentCheckMs).unref();
}

/** The parent's id, and where that is the shell that npm puts in between, npm's own. */
function ancestry(): string {
  const parent = process.ppid;
  try {
    const [, command = '', rest = ''] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${parent}/stat`, 'utf8')) ?? [];
    return shells.includes(command) ? `${parent} ${rest}` : `${parent}`;
  } catch {
    // Without /proc (macOS) the shell puts the command in its own place, and npm is the parent.
    return `${parent}`;
  }
}
