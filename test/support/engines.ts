import { randomBytes } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { startNeonEndpoint } from '../../src/dev/neon-endpoint.ts';
import { createPgliteBackend } from '../../src/dev/pglite-backend.ts';
import { createPostgresBackend } from '../../src/dev/postgres-backend.ts';
import { createRedisMock } from '../../src/dev/redis-mock-backend.ts';
import { connectRedisServer } from '../../src/dev/redis-server-backend.ts';
import { migrateEmbedded, migrateServer } from '../../src/dev/run-migrations.ts';
import { createSecret } from '../../src/dev/secret.ts';
import { startUpstashEndpoint } from '../../src/dev/upstash-endpoint.ts';

/** The variables of the Worker for its database and its counters. */
export interface EngineVariables {
  readonly DATABASE_URL: string;
  readonly DATABASE_HTTP_URL: string;
  readonly UPSTASH_REDIS_REST_URL: string;
  readonly UPSTASH_REDIS_REST_TOKEN: string;
}

export interface Engines {
  readonly variables: EngineVariables;
  readonly stop: () => Promise<void>;
}

const administrator = 'postgres://postgres@127.0.0.1:5432/postgres';
const redisUrl = 'redis://127.0.0.1:6379';

/** Starts Postgres and Redis in this process, or uses the real servers of this machine. Creates the tables. */
export async function startEngines(kind: 'embedded' | 'real'): Promise<Engines> {
  const password = createSecret();
  const token = createSecret();
  const sql = kind === 'embedded' ? await embeddedPostgres() : await realPostgres();
  const redis = kind === 'embedded' ? createRedisMock() : await connectRedisServer(redisUrl);
  const neon = await startNeonEndpoint({ backend: sql.backend, password });
  const upstash = await startUpstashEndpoint({ backend: redis, token });
  return {
    variables: {
      DATABASE_URL: `postgres://test:${password}@localhost/test`,
      DATABASE_HTTP_URL: `${neon.url}/sql`,
      UPSTASH_REDIS_REST_URL: upstash.url,
      UPSTASH_REDIS_REST_TOKEN: token,
    },
    async stop() {
      await Promise.all([neon.close(), upstash.close()]);
      await Promise.all([sql.backend.close(), redis.close()]);
      await sql.drop();
    },
  };
}

async function embeddedPostgres() {
  const database = await PGlite.create();
  await migrateEmbedded(database);
  return { backend: createPgliteBackend(database), drop: async () => undefined };
}

async function realPostgres() {
  const name = `aggregator_test_${randomBytes(6).toString('hex')}`;
  await asAdministrator(`CREATE DATABASE ${name}`);
  const url = `postgres://postgres@127.0.0.1:5432/${name}`;
  await migrateServer(url);
  return { backend: createPostgresBackend(url), drop: () => asAdministrator(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function asAdministrator(statement: string): Promise<void> {
  const client = new pg.Client(administrator);
  await client.connect();
  await client.query(statement);
  await client.end();
}
