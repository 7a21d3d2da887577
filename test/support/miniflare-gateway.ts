import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import { openDatabase } from '../../src/db/client.ts';
import type { Limits } from '../../src/domain/limits.ts';
import { startServices } from './services.ts';
import { createTestTenant, type TestTenant } from './tenant-ledger.ts';

/** The traffic of the provider server so far. */
export interface ProviderTraffic {
  readonly requests: readonly unknown[];
  readonly open: { readonly connections: number; readonly replies: number };
  /** The number of replies that the gateway aborted. */
  readonly aborted: number;
}

/** The deployed Worker in workerd, behind real sockets, on real engines. */
export interface MiniflareGateway {
  /** The port of Miniflare, which has its own Worker in front of ours. */
  readonly url: string;
  /** A socket of workerd that leads directly to our Worker. */
  readonly directUrl: string;
  /** The URLs of all Workers, including the first one. */
  readonly urls: readonly string[];
  readonly createTenant: (limits?: Limits, settings?: { readonly storeResponses?: boolean }) => Promise<TestTenant>;
  /** The variables of its database and its Redis. */
  readonly services: Variables;
  /** The URL of the server that receives webhooks. */
  readonly receiverUrl: string;
  /** Reads the traffic. With `containing`, only the requests whose body contains it. */
  readonly readProviderTraffic: (containing?: string) => Promise<ProviderTraffic>;
  /** Releases the replies that the scenario `held` holds under a mark. */
  readonly releaseReplies: (mark: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

type Variables = Readonly<Record<string, string>>;

interface MiniflareGatewayOptions {
  /** The folder of the built Worker. */
  readonly workerFolder: string;
  /** The file of the Worker. `index.js` by default. */
  readonly module?: string | undefined;
  readonly engines?: 'embedded' | 'real';
  /** The number of Workers on the same engines. Each runs in its own workerd. */
  readonly workers?: number;
  /** Returns variables that override those of the test services. */
  readonly variables?: (services: Variables) => Variables | Promise<Variables>;
  /** Called for each line in the log of the Worker. */
  readonly onLog?: ((line: string) => void) | undefined;
}

const configPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url).href);
const name = 'gateway';
const localhost = '127.0.0.1';

/** Starts engines, providers and the Worker, with bindings, queues and flags as wrangler.toml has them. */
export async function startMiniflareGateway(options: MiniflareGatewayOptions): Promise<MiniflareGateway> {
  const { engines = 'embedded', workers = 1, variables = () => ({}) } = options;
  const services = await startServices(engines);
  const { variables: serviceVariables, providerUrl, receiverUrl } = services;
  const bindings = { ...serviceVariables, ...(await variables(serviceVariables)) };
  const runtimes = Array.from({ length: workers }, () => startRuntime(options, bindings));
  const [runtime] = runtimes;
  if (!runtime) throw new Error('no Worker');
  const stop = async () => {
    await Promise.all(runtimes.map((one) => one.dispose()));
    await services.stop();
  };
  try {
    const database = openDatabase({
      url: serviceVariables.DATABASE_URL ?? '',
      httpUrl: serviceVariables.DATABASE_HTTP_URL,
      timeoutMs: 10_000,
    });
    return {
      url: (await runtime.ready).origin,
      directUrl: (await runtime.unsafeGetDirectURL(name)).origin,
      services: serviceVariables,
      receiverUrl,
      urls: await Promise.all(runtimes.map(async (one) => (await one.ready).origin)),
      createTenant: (limits, settings) => createTestTenant(database, limits, settings),
      async readProviderTraffic(containing = '') {
        const response = await fetch(`${providerUrl}/_seen?containing=${encodeURIComponent(containing)}`);
        return JSON.parse(await response.text());
      },
      async releaseReplies(mark) {
        await fetch(`${providerUrl}/_release?mark=${encodeURIComponent(mark)}`, { method: 'POST' });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startRuntime(
  { workerFolder, module = 'index.js', onLog }: MiniflareGatewayOptions,
  bindings: Variables,
): Miniflare {
  // Omitted: Miniflare puts its own Worker in front of a Worker with static assets, on every socket.
  const { assets, ...workerOptions } = readWorkerOptions(configPath).workerOptions;
  return new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      name,
      bindings,
      modulesRoot: workerFolder,
      modules: [{ type: 'ESModule', path: join(workerFolder, module) }],
      unsafeDirectSockets: [{ host: localhost, port: 0 }],
      host: localhost,
      port: 0,
      cf: false,
      unsafeTriggerHandlers: true,
      log: new Log(LogLevel.ERROR),
      ...(onLog && { handleStructuredLogs: ({ message }: { message: string }) => onLog(message) }),
    }),
  );
}

const root = fileURLToPath(new URL('../../', import.meta.url).href);

/** The module of the tapped Worker in the folder of `buildTappedWorker`. */
export const tappedModule = 'tapped-worker.js';

/** Builds the product with queues that tests can observe. Returns the folder, which the caller removes. */
export async function buildTappedWorker(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tapped-worker-'));
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const build = [wrangler, 'deploy', 'test/e2e/worker/tapped-worker.ts', '--dry-run', '--outdir', folder];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder, CI: 'true' };
  await promisify(execFile)(process.execPath, build, { cwd: root, env });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A Worker in a workerd process that can be killed and restarted with empty memory. */
export class KillableWorker {
  readonly #folder: string;
  readonly #variables: Variables;
  #child: ChildProcess | undefined;
  #url = '';

  /** Takes the folder of `buildTappedWorker`. */
  constructor(folder: string, variables: Variables) {
    this.#folder = folder;
    this.#variables = variables;
  }

  /** The URL of the running Worker. It changes with each start. */
  get url(): string {
    return this.#url;
  }

  get alive(): boolean {
    return this.#child !== undefined;
  }

  async start(): Promise<void> {
    const main = join(root, 'test/crash/runtime-main.ts');
    const args = [main, this.#folder, tappedModule, JSON.stringify(this.#variables)];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true, cwd: root });
    for await (const line of createInterface({ input: child.stdout })) {
      this.#url = line;
      this.#child = child;
      return;
    }
    throw new Error('The runtime did not start.');
  }

  /** Sends SIGKILL to workerd and its child processes. Resolves after their exit. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    this.#child = undefined;
    const exited = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await exited;
  }

  /** Fires the cron trigger. */
  async fireCron(): Promise<void> {
    await (await fetch(`${this.#url}/cdn-cgi/local/scheduled`)).text();
  }
}
