import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { startNeonEndpoint } from '../../src/dev/neon-endpoint.ts';
import { createPostgresBackend } from '../../src/dev/postgres-backend.ts';
import { connectRedisServer } from '../../src/dev/redis-server-backend.ts';
import { migrateServer } from '../../src/dev/run-migrations.ts';
import { createSecret } from '../../src/dev/secret.ts';
import type { SqlBackend } from '../../src/dev/sql-backend.ts';
import { startUpstashEndpoint } from '../../src/dev/upstash-endpoint.ts';
import { readCpuMs } from '../support/process-usage.ts';
import { createTestDatabase } from '../support/real-servers.ts';
import { startRedisProcess } from '../support/redis-process.ts';
import { startChild } from './child.ts';
import type { CostCounts } from './cost-counts.ts';
import { buildWorker } from './environment.ts';
import { startWorker } from './worker.ts';

/** The product with services that count. */
export interface CostEnvironment {
  readonly url: string;
  /** Receives webhooks and plays the providers. */
  readonly upstreamUrl: string;
  /** For the bench's own statements, which are not counted. */
  readonly database: Database;
  /** Runs cron once. */
  readonly runCron: () => Promise<void>;
  readonly readCounts: () => Promise<CostCounts>;
  readonly stop: () => Promise<void>;
}

/** Starts the Worker as it deploys, a database and a Redis server of its own, and the provider of the bench. */
export async function startCostEnvironment(): Promise<CostEnvironment> {
  const running: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const stopOne of running.toReversed()) await stopOne();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'bench-cost-'));
    running.push(() => rm(folder, { recursive: true, force: true }));
    await buildWorker(folder, fileURLToPath(new URL('worker/cost-worker.ts', import.meta.url)));
    const upstream = await startChild('upstream-main.ts');
    running.push(upstream.stop);
    const upstreamUrl = `http://127.0.0.1:${upstream.line}`;
    const postgres = await startPostgres();
    running.push(postgres.stop);
    const redis = await startRedis();
    running.push(redis.stop);
    const worker = await startWorker({
      kind: 'product',
      folder,
      module: 'cost-worker.js',
      variables: createVariables({ ...postgres.variables, ...redis.variables }, upstreamUrl),
    });
    running.push(worker.stop);
    const readWorker = async (method: string) => (await fetch(`${worker.url}/_cost`, { method })).json();
    return {
      url: worker.url,
      upstreamUrl,
      database: postgres.database,
      runCron: async () => void (await readWorker('POST')),
      async readCounts() {
        const { fetch, queue, cron, queueOperations } = (await readWorker('GET')) as Record<string, number>;
        return {
          invocations: (fetch ?? 0) + (queue ?? 0) + (cron ?? 0),
          queueOperations: queueOperations ?? 0,
          workerCpuMs: await readCpuMs(worker.pid),
          ...(await postgres.readCounts()),
          redisCommands: await redis.readCommands(),
        };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Local, so that webhooks may go to this machine. */
function createVariables(services: Readonly<Record<string, string>>, upstreamUrl: string): Record<string, string> {
  return {
    ...services,
    ENVIRONMENT: 'local',
    OPENAI_API_KEY: 'sk-bench',
    OPENAI_BASE_URL: `${upstreamUrl}/v1`,
    COMPATIBLE_PROVIDERS: JSON.stringify([{ name: 'broken', baseUrl: `${upstreamUrl}/broken` }]),
    DEFAULT_PROVIDER: 'stub',
  };
}

async function startPostgres() {
  const { url, drop } = await createTestDatabase();
  await migrateServer(url);
  let statements = 0;
  const backend = createPostgresBackend(url);
  const counting: SqlBackend = {
    ...backend,
    run(query) {
      statements += 1;
      return backend.run(query);
    },
    runTransaction(queries, mode) {
      statements += queries.length;
      return backend.runTransaction(queries, mode);
    },
  };
  const password = createSecret();
  const counted = await startNeonEndpoint({ backend: counting, password });
  const ownBackend = createPostgresBackend(url);
  const own = await startNeonEndpoint({ backend: ownBackend, password });
  const databaseUrl = `postgres://bench:${password}@localhost/bench`;
  const cpu = await startCpuSampler(url);
  return {
    variables: { DATABASE_URL: databaseUrl, DATABASE_HTTP_URL: `${counted.url}/sql` },
    database: openDatabase({ url: databaseUrl, httpUrl: `${own.url}/sql`, timeoutMs: 60_000 }),
    readCounts: async () => ({ statements, ...(await cpu.read()) }),
    async stop() {
      await cpu.stop();
      await Promise.all([counted.close(), own.close()]);
      await Promise.all([backend.close(), ownBackend.close()]);
      await drop();
    },
  };
}

/** Reads the CPU of the server's processes each half second, because a connection that is idle for 10 s is closed. */
async function startCpuSampler(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const cpuMs = new Map<number, number>();
  const sample = async () => {
    const { rows } = await client.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    for (const { pid } of rows) {
      const ms = await readCpuMs(pid);
      // A process may have ended since.
      if (Number.isFinite(ms)) cpuMs.set(pid, Math.max(cpuMs.get(pid) ?? 0, ms));
    }
  };
  const timer = setInterval(() => void sample().catch(() => undefined), 500);
  return {
    async read() {
      await sample();
      const { rows } = await client.query<{ written: string }>(
        'SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) AS written FROM pg_stat_user_tables',
      );
      return {
        postgresCpuMs: [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0),
        rowsWritten: Number(rows[0]?.written),
      };
    },
    async stop() {
      clearInterval(timer);
      await client.end();
    },
  };
}

async function startRedis() {
  const server = await startRedisProcess();
  if (!server) throw new Error('npm run bench:cost needs redis-server: install it first.');
  const backend = await connectRedisServer(server.url);
  const token = createSecret();
  const endpoint = await startUpstashEndpoint({ backend, token });
  const client = new Redis(server.url);
  return {
    variables: { UPSTASH_REDIS_REST_URL: endpoint.url, UPSTASH_REDIS_REST_TOKEN: token },
    async readCommands() {
      const lines = (await client.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
      return [...lines].reduce((sum, [, name, calls]) => sum + (name === 'info' ? 0 : Number(calls)), 0);
    },
    async stop() {
      client.disconnect();
      await endpoint.close();
      await backend.close();
      await server.stop();
    },
  };
}
