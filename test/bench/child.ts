import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of this folder that runs beside the bench. */
export interface Child {
  /** The first line of its output. */
  readonly line: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Starts a program of this folder that prints one line when it is ready and stops when its input ends. */
export async function startChild(program: string, ...args: readonly string[]): Promise<Child> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'], cwd: root });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const stop = async () => {
      child.stdin.end();
      await exited;
    };
    return { line, pid: child.pid ?? 0, stop };
  }
  throw new Error(`${program} did not start.`);
}
