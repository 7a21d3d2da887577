import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

type Variables = Readonly<Record<string, string>>;

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Builds the product with a queue that can fail. Returns the folder, which the caller removes. */
export async function buildFaultyWorker(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'faulty-worker-'));
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const build = [wrangler, 'deploy', 'test/crash/worker/faulty-worker.ts', '--dry-run', '--outdir', folder];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder, CI: 'true' };
  await promisify(execFile)(process.execPath, build, { cwd: root, env });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A workerd process that can be killed and restarted with empty memory. */
export class Runtime {
  readonly #folder: string;
  readonly #variables: Variables;
  #child: ChildProcess | undefined;
  #url = '';

  constructor(folder: string, variables: Variables) {
    this.#folder = folder;
    this.#variables = variables;
  }

  /** The URL of the running Worker. It changes with each start. */
  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    const main = fileURLToPath(new URL('runtime-main.ts', import.meta.url));
    const args = [main, this.#folder, 'faulty-worker.js', JSON.stringify(this.#variables)];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true, cwd: root });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      this.#url = line;
      return;
    }
    throw new Error('The runtime did not start.');
  }

  /** Sends SIGKILL to workerd and its child processes. Resolves after their exit. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    this.#child = undefined;
    const gone = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await gone;
  }

  /** Fires the cron trigger. */
  async fireCron(): Promise<void> {
    await (await fetch(`${this.#url}/cdn-cgi/local/scheduled`)).text();
  }
}
