import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../support/free-port.ts';

export interface DevGateway {
  readonly url: string;
  /** Stops it as Ctrl-C does. Throws if it does not end. */
  stop(): Promise<void>;
}

const startTimeoutMs = 180_000;
const stopTimeoutMs = 60_000;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Starts `npm run dev` on a free port with a database in memory, and waits until it prints its address. */
export async function startDevGateway(variables: Readonly<Record<string, string>>): Promise<DevGateway> {
  const port = await findFreePort();
  const url = `http://localhost:${port}`;
  const fixed = { API_PORT: String(port), LOCAL_DATA_DIR: 'memory', DATABASE_URL: '', REDIS_URL: '', NODE_OPTIONS: '' };
  // A group of its own, so that a signal reaches npm and all that it started, as one from the terminal does.
  const child = spawn('npm', ['run', 'dev'], {
    cwd: root,
    env: { ...process.env, ...fixed, ...variables },
    detached: true,
  });
  try {
    await waitForText(child, url);
  } catch (error) {
    signalGroup(child, 'SIGKILL');
    throw error;
  }
  return { url, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error('npm run dev had ended before it was stopped');
  signalGroup(child, 'SIGINT');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), stopTimeoutMs);
  const [, signal] = await once(child, 'close');
  clearTimeout(timer);
  if (signal === 'SIGKILL') throw new Error(`npm run dev did not end within ${stopTimeoutMs} ms of SIGINT`);
}

function waitForText(child: ReturnType<typeof spawn>, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (why: string) => reject(new Error(`npm run dev ${why}:\n${printed}`));
    const timer = setTimeout(() => fail(`did not print ${url} within ${startTimeoutMs} ms`), startTimeoutMs);
    const read = (bytes: Buffer) => {
      printed += bytes.toString();
      if (!new RegExp(`${url}(?!\\d)`).test(printed)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has already ended.
  }
}
