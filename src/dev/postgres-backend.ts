import pg from 'pg';
import type { SqlBackend, SqlQuery, SqlResult, SqlSession } from './sql-backend.ts';

const connectTimeoutMs = 4_000;
/** More than a burst of statements that wait for the same lock, so that others are still answered. */
const poolSize = 24;
const textTypes = { getTypeParser: () => (value: string) => value };

/** Creates the backend for a Postgres server, by a plain `postgres://` URL. Connections open on demand. */
export function createPostgresBackend(databaseUrl: string): SqlBackend {
  const pool = new pg.Pool({ ...createPostgresConfig(databaseUrl), max: poolSize });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end this process.
  pool.on('error', () => {});
  return {
    run: (query) => run(pool, query),
    runTransaction: (queries, mode) => runTransaction(pool, queries, mode),
    close: () => pool.end(),
  };
}

/** Connects to a Postgres server, by a plain `postgres://` URL. */
export async function openPostgresSession(databaseUrl: string): Promise<SqlSession> {
  const client = new pg.Client({ ...createPostgresConfig(databaseUrl), keepAlive: true });
  // A connection that breaks rejects the query that waits for it; without a listener it would end this process as well.
  client.on('error', () => {});
  await client.connect();
  return { run: (query) => run(client, query), close: () => client.end() };
}

/** Creates the connection settings for `pg`, with a timeout of 4 s. */
export function createPostgresConfig(databaseUrl: string): pg.ClientConfig {
  const url = new URL(databaseUrl);
  // pg verifies the certificate in all of these modes, and prints a warning for all of them but verify-full.
  if (['prefer', 'require', 'verify-ca'].includes(url.searchParams.get('sslmode') ?? '')) {
    url.searchParams.set('sslmode', 'verify-full');
  }
  return { connectionString: url.href, connectionTimeoutMillis: connectTimeoutMs };
}

async function runTransaction(pool: pg.Pool, queries: readonly SqlQuery[], mode: string): Promise<SqlResult[]> {
  const client = await pool.connect();
  let connectionError: Error | undefined;
  try {
    await client.query(`BEGIN ${mode}`);
    const results: SqlResult[] = [];
    for (const query of queries) results.push(await run(client, query));
    await client.query('COMMIT');
    return results;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      connectionError = rollbackError;
    });
    throw error;
  } finally {
    client.release(connectionError);
  }
}

async function run(client: pg.Pool | pg.ClientBase, { query, params }: SqlQuery): Promise<SqlResult> {
  const config = {
    text: query,
    values: [...params],
    rowMode: 'array' as const,
    types: textTypes,
    // Without parameters pg would use the simple protocol, which takes several statements at once. Neon does not.
    queryMode: 'extended',
  };
  const result = await client.query<(string | null)[]>(config);
  return {
    command: result.command,
    rowCount: result.rowCount,
    fields: result.fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    rows: result.rows,
  };
}
