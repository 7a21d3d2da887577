import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import pg from 'pg';
import { createPostgresConfig } from './postgres-backend.ts';
import { StartError } from './start-error.ts';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
const minPostgresVersion = 15;
/** The lock of all migrations, so that two at once run one after the other. */
const advisoryLock = 7_265_001;

/** Migrates the embedded Postgres to the newest schema. */
export async function migrateEmbedded(database: PGlite): Promise<void> {
  await migratePglite(drizzlePglite(database), { migrationsFolder });
}

/** Migrates a Postgres server to the newest schema. Throws a StartError if it cannot be reached, or is too old. */
export async function migrateServer(databaseUrl: string): Promise<void> {
  const client = new pg.Client(createPostgresConfig(databaseUrl));
  // A connection that breaks rejects the query that waits for it; without a listener it would end this process as well.
  client.on('error', () => {});
  await connect(client, databaseUrl);
  try {
    await checkVersion(client);
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    await migratePostgres(drizzlePostgres(client), { migrationsFolder });
  } finally {
    await client.end();
  }
}

async function connect(client: pg.Client, databaseUrl: string): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const { host } = new URL(databaseUrl);
    throw new StartError(
      `DATABASE_URL: the Postgres at ${host || 'that address'} cannot be used (${message || code}).`,
    );
  }
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (version < minPostgresVersion) {
    throw new StartError(`DATABASE_URL: that server is Postgres ${version}; ${minPostgresVersion} or later is needed.`);
  }
}
