import type { DataFolder } from './data-folder.ts';
import type { Settings } from './dev-settings.ts';
import { openEmbeddedPostgres } from './embedded-postgres.ts';
import { startNeonEndpoint } from './neon-endpoint.ts';
import { createPgliteBackend } from './pglite-backend.ts';
import { createPostgresBackend } from './postgres-backend.ts';
import type { RedisBackend } from './redis-backend.ts';
import { createRedisMock } from './redis-mock-backend.ts';
import { connectRedisServer } from './redis-server-backend.ts';
import { migrateEmbedded, migrateServer } from './run-migrations.ts';
import { createSecret } from './secret.ts';
import { isDeveloperDatabase, seedDevTenant } from './seed.ts';
import type { SqlBackend } from './sql-backend.ts';
import { StartError } from './start-error.ts';
import { startUpstashEndpoint } from './upstash-endpoint.ts';
import type { ServiceVariables } from './worker-variables.ts';

type Connections = Pick<Settings, 'databaseUrl' | 'redisUrl'>;

interface LocalServices {
  readonly variables: ServiceVariables;
  /** Whether this stack has the dev key: it is not created in a database on another machine. */
  readonly seeded: boolean;
  readonly close: () => Promise<void>;
}

/** Starts Postgres, migrated and seeded, and Redis, each behind the endpoint that the Worker uses. */
export async function startLocalServices(
  connections: Connections,
  folder: DataFolder | undefined,
  logStep: (line: string) => void,
): Promise<LocalServices> {
  const redis = await openRedis(connections.redisUrl);
  logStep(connections.redisUrl === undefined ? 'Redis, in this process' : 'Redis, by REDIS_URL');
  const postgres = await openPostgres(connections.databaseUrl, folder);
  const seeded = connections.databaseUrl === undefined || isDeveloperDatabase(connections.databaseUrl);
  if (seeded) await seedDevTenant(postgres);
  logStep(connections.databaseUrl === undefined ? describeEmbedded(folder) : 'Postgres, by DATABASE_URL');

  const password = createSecret();
  const token = createSecret();
  const neon = await startNeonEndpoint({ backend: postgres, password });
  const upstash = await startUpstashEndpoint({ backend: redis, token });
  return {
    variables: {
      DATABASE_URL: `postgres://local:${password}@127.0.0.1/local`,
      DATABASE_HTTP_URL: `${neon.url}/sql`,
      UPSTASH_REDIS_REST_URL: upstash.url,
      UPSTASH_REDIS_REST_TOKEN: token,
    },
    seeded,
    async close() {
      await Promise.all([neon.close(), upstash.close()]);
      await Promise.all([postgres.close(), redis.close()]);
    },
  };
}

async function openPostgres(databaseUrl: string | undefined, folder: DataFolder | undefined): Promise<SqlBackend> {
  if (databaseUrl !== undefined) {
    await migrateServer(databaseUrl);
    return createPostgresBackend(databaseUrl);
  }
  const database = await openEmbeddedPostgres(folder);
  await migrateEmbedded(database);
  return createPgliteBackend(database);
}

async function openRedis(redisUrl: string | undefined): Promise<RedisBackend> {
  if (redisUrl === undefined) return createRedisMock();
  try {
    return await connectRedisServer(redisUrl);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(`REDIS_URL: the Redis at ${new URL(redisUrl).host} cannot be used (${message || code}).`);
  }
}

function describeEmbedded(folder: DataFolder | undefined): string {
  return folder === undefined ? 'Postgres, embedded, in memory' : `Postgres, embedded, in ${folder.name}/postgres`;
}
