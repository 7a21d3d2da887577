import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessResult {
  /** Null if a signal has ended the process. */
  readonly code: number | null;
  readonly output: string;
  readonly isTimedOut: boolean;
}

interface ProcessOptions {
  readonly folder: string;
  /** The complete environment. Variables of this process are not added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Ends the program early. */
  readonly signal: AbortSignal;
}

/** The variable that marks the processes of one run, and those that they start. */
const markName = 'AGENT_TEST_RUN';

/** Runs a program without input to its end, and ends its remaining child processes. */
export async function runProcess(
  [command = '', ...args]: readonly string[],
  { folder, environment, timeoutMs, signal }: ProcessOptions,
): Promise<ProcessResult> {
  const mark = crypto.randomUUID();
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...environment, [markName]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const read = (bytes: Buffer) => {
    output += bytes.toString();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const end = () => endProcesses(child.pid, mark);
  signal.addEventListener('abort', end);
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    end();
  }, timeoutMs);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return { code, output, isTimedOut };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Ends a group, and processes that have left it: agents start servers that outlive them. */
function endProcesses(groupId: number | undefined, mark: string): void {
  if (groupId !== undefined) kill(-groupId);
  for (const pid of findMarked(mark)) kill(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}

/** Finds processes by their environment, which only Linux shows. */
function findMarked(mark: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').includes(`${markName}=${mark}`) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
