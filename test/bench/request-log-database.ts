import pg from 'pg';
import { migrateServer } from '../../src/dev/run-migrations.ts';

const server = 'postgres://postgres@127.0.0.1:5432';
const defaultTenants = 200;
export const endMs = Date.UTC(2026, 10, 30);
const days = 30;

/** The time part of a ULID. */
const timePart = `(SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((ms >> (5 * place)) & 31)::int + 1, 1), '' ORDER BY place DESC) FROM generate_series(0, 9) AS place)`;

/** Opens the database `name` with so many rows of so many tenants in the request log. Creates it where it does not exist. */
export async function openFilledDatabase(name: string, rows: number, tenants = defaultTenants): Promise<string> {
  const url = `${server}/${name}`;
  const exists = await run(`${server}/postgres`, `SELECT 1 FROM pg_database WHERE datname = '${name}'`);
  if (exists.length > 0) return url;
  await run(`${server}/postgres`, `CREATE DATABASE ${name}`);
  await migrateServer(url);
  await fill(url, rows, tenants);
  return url;
}

/** Drops it. */
export async function dropDatabase(name: string): Promise<void> {
  await run(`${server}/postgres`, `DROP DATABASE ${name} WITH (FORCE)`);
}

async function run(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** A few tenants, models and end users have the greater part of the rows. Triggers are off, and indexes are made at the end. */
async function fill(url: string, rows: number, tenantCount: number): Promise<void> {
  const indexes = (await run(
    url,
    `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'requests' AND indexname <> 'requests_pkey'`,
  )) as { indexname: string; indexdef: string }[];
  await run(
    url,
    'SET session_replication_role = replica',
    'SELECT setseed(0.5)',
    'SET synchronous_commit = off',
    ...indexes.map(({ indexname }) => `DROP INDEX ${indexname}`),
    `INSERT INTO tenants (id, name) SELECT 'ten_' || lpad(i::text, 4, '0'), 'Tenant ' || i FROM generate_series(0, ${tenantCount - 1}) AS i`,
    `INSERT INTO requests (id, created_at, tenant_id, key_id, client_request_id, source, path, status, http_status, provider, model,
        route, error_code, error_message, input_tokens, output_tokens, cost_nano_usd, first_byte_ms, total_ms, attempts, end_user,
        session_id, tags, logged_at)
      SELECT 'req_' || ${timePart} || lpad(i::text, 16, '0'), to_timestamp(ms / 1000.0),
        'ten_' || lpad(tenant::text, 4, '0'), 'key_' || tenant || '_' || (i % 7),
        CASE WHEN i % 10 = 0 THEN 'client-' || i END, CASE WHEN i % 3 = 0 THEN 'stream' ELSE 'sync' END, '/v1/chat/completions',
        status, CASE status WHEN 'completed' THEN 200 WHEN 'failed' THEN 502 ELSE 429 END,
        CASE WHEN model < 8 THEN 'openai' ELSE 'claude' END, 'model-' || model,
        CASE WHEN i % 5 = 0 THEN 'route-' || (model % 5) END,
        CASE status WHEN 'failed' THEN 'provider_error' WHEN 'refused' THEN 'rate_limited' END,
        CASE WHEN status <> 'completed' THEN 'The provider failed: try again later, or with another model.' END,
        i % 1000, i % 500, i % 100000, 20 + i % 3000, 50 + i % 30000, CASE WHEN i % 50 = 0 THEN 2 ELSE 1 END,
        CASE WHEN i % 10 < 7 THEN 'user-' || end_user END, CASE WHEN i % 3 = 0 THEN 'session-' || i / 30 END,
        CASE WHEN i % 5 = 0 THEN jsonb_build_object('team', 'team-' || i % 12) END, to_timestamp((ms + 5000) / 1000.0)
      FROM (
        SELECT i, ${endMs - days * 86_400_000} + i::bigint * ${days * 86_400_000} / ${rows} AS ms,
          floor(${tenantCount} * power(random(), 4))::int AS tenant, floor(30 * power(random(), 3))::int AS model,
          floor(100000 * power(random(), 4))::int AS end_user,
          CASE WHEN i % 25 = 0 THEN 'failed' WHEN i % 97 = 0 THEN 'client_gone' WHEN i % 51 = 0 THEN 'refused' ELSE 'completed' END AS status
        FROM generate_series(1, ${rows}) AS i
      ) AS made`,
    "SET maintenance_work_mem = '512MB'",
    ...indexes.map(({ indexdef }) => indexdef),
    'VACUUM ANALYZE requests',
    'ANALYZE',
  );
}
