import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureAssets } from '../../src/build/assets.ts';
import type { Database } from '../../src/db/client.ts';
import { openDatabase } from '../../src/db/client.ts';
import { createTenant } from '../../src/tenants/tenants.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { startServices } from '../support/services.ts';
import { type Child, startChild } from './child.ts';
import { startWorker, type Target } from './worker.ts';

/** The measured servers with their services. */
export interface Environment {
  readonly engines: 'real' | 'embedded';
  /** A Worker that only forwards. */
  readonly bare: Target;
  /** A Worker that forwards and reads the bytes. */
  readonly metering: Target;
  readonly gateway: Target;
  /** The key of a tenant with all limits, none of which is reached. */
  readonly key: string;
  readonly database: Database;
  readonly upstreamUrl: string;
  /** The folder of the built Worker. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const limits = {
  requestsPerMinute: 2_000_000_000,
  tokensPerMinute: 2_000_000_000,
  concurrency: 100_000,
  dailyBudget: 1_000_000,
  monthlyBudget: 1_000_000,
};

/** Builds the Worker as it deploys. Starts it, the floor, their provider, Postgres and Redis. */
export async function startEnvironment(): Promise<Environment> {
  const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
  const folder = await mkdtemp(join(tmpdir(), 'bench-worker-'));
  const running: { stop: () => Promise<void> }[] = [{ stop: () => rm(folder, { recursive: true, force: true }) }];
  const stop = async () => {
    for (const one of running.toReversed()) await one.stop();
  };
  try {
    await buildWorker(folder);
    const upstream: Child = await startChild('upstream-main.ts');
    running.push(upstream);
    const services = await startServices(engines);
    running.push(services);
    const upstreamUrl = `http://127.0.0.1:${upstream.line}`;
    const startFloor = async (module: string) => {
      const floor = await startWorker({
        kind: 'floor',
        folder: fileURLToPath(new URL('.', import.meta.url)),
        module,
        variables: { UPSTREAM_URL: upstreamUrl },
      });
      running.push(floor);
      return floor;
    };
    const bare = await startFloor('bare-worker.js');
    const metering = await startFloor('metering-baseline.js');
    const gateway = await startWorker({
      kind: 'product',
      folder,
      module: 'index.js',
      variables: gatewayVariables(services.variables, upstreamUrl),
    });
    running.push(gateway);
    const { DATABASE_URL: url = '', DATABASE_HTTP_URL: httpUrl } = services.variables;
    const database = openDatabase({ url, httpUrl, timeoutMs: 60_000 });
    const vault = { encrypt: () => Promise.reject(new Error('not here')) };
    const { key } = await createTenant(
      { database, vault, now: Date.now, local: true, actor: { type: 'cli', id: 'bench', tenantId: null } },
      { name: 'bench', limits },
      ['chat', 'jobs', 'read'],
    );
    if (key === undefined) throw new Error('no key');
    return { engines, bare, metering, gateway, key, database, upstreamUrl, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Returns the variables of a deployment: database, counters and providers, and defaults for the others. */
function gatewayVariables(services: Readonly<Record<string, string>>, upstreamUrl: string): Record<string, string> {
  const names = ['DATABASE_URL', 'DATABASE_HTTP_URL', 'UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'];
  return {
    ...Object.fromEntries(names.map((name) => [name, services[name] ?? ''])),
    OPENAI_API_KEY: 'sk-bench',
    OPENAI_BASE_URL: `${upstreamUrl}/v1`,
    ANTHROPIC_API_KEY: 'sk-ant-bench',
    ANTHROPIC_BASE_URL: upstreamUrl,
    DEFAULT_PROVIDER: 'stub',
  };
}

/** Builds the Worker as it deploys, or a module that wraps it. */
export async function buildWorker(folder: string, entry?: string): Promise<void> {
  await ensureAssets();
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const build = [
    wrangler,
    'deploy',
    ...(entry === undefined ? [] : [entry]),
    '--minify',
    '--dry-run',
    '--outdir',
    folder,
  ];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder, CI: 'true' };
  await promisify(execFile)(process.execPath, build, { cwd: root, env });
}
