import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findFreePort } from './free-port.ts';

/** The files that a test starts the local stack from: the product, or a probe in its place. */
export const productFiles = [file('../../wrangler.toml'), file('../../src/dev/worker.ts')];
export const probeFiles = [file('../unit/dev/fixtures/wrangler.toml'), file('../unit/dev/fixtures/queue-probe.ts')];

interface Output {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export interface DevProcess extends Output {
  readonly pid: number;
  readonly url: string;
  /** Sends a signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<{ code: number | null }>;
}

type Variables = Readonly<Record<string, string>>;

/** Starts the local stack on a free port and waits until it says that it is ready. */
export async function startDev(files: readonly string[], variables: Variables, dotEnv = '/none'): Promise<DevProcess> {
  const port = await findFreePort();
  const { child, output } = spawnDev(files, { API_PORT: String(port), ...variables }, dotEnv);
  const exited = once(child, 'exit');
  const ready = new Promise<void>((resolve) => {
    child.stdout?.on('data', () => {
      if (output.stdout().includes('Try it')) resolve();
    });
  });
  const early = await Promise.race([ready, exited]);
  if (early !== undefined) throw new Error(`the stack did not start: ${output.stderr()}`);
  return {
    ...output,
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    async end(signal) {
      child.kill(signal);
      const [code] = (await exited) as [number | null];
      return { code };
    },
  };
}

/** Starts a stack that is expected to refuse. */
export async function failDev(variables: Variables): Promise<{ code: number | null; stderr: string }> {
  const { child, output } = spawnDev(probeFiles, { API_PORT: String(await findFreePort()), ...variables }, '/none');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr: output.stderr() };
}

/** With nothing of this machine's own settings but the PATH. */
function spawnDev(files: readonly string[], variables: Variables, dotEnv: string) {
  const child = spawn(process.execPath, [file('../unit/dev/fixtures/start.ts'), dotEnv, ...files], {
    cwd: file('../..'),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, output: collect(child) };
}

function collect(child: ChildProcess): Output {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += data;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  return { stdout: () => stdout, stderr: () => stderr };
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
