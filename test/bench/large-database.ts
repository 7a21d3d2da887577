import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { startNeonEndpoint } from '../../src/dev/neon-endpoint.ts';
import { createPostgresBackend } from '../../src/dev/postgres-backend.ts';
import { migrateServer } from '../../src/dev/run-migrations.ts';
import type { SqlQuery } from '../../src/dev/sql-backend.ts';

const server = 'postgres://postgres@127.0.0.1:5432';
export const days = 92;
export const tenants = 20;
/** The tenant of half of all jobs and calls. */
export const largeTenant = 'ten_0';
export const firstDay = Date.UTC(2026, 6, 1);

/** The plan of Postgres for one statement of the product. */
export interface Plan {
  readonly query: string;
  /** Milliseconds in Postgres. */
  readonly executionMs: number;
  /** The kinds of its nodes, each with the table that it reads: `Seq Scan jobs`. */
  readonly nodes: readonly string[];
  /** The indexes that it reads. */
  readonly indexes: readonly string[];
  /** How many rows of tables it reads, those that it leaves out again included. */
  readonly rowsRead: number;
}

/** A real Postgres with many rows. */
export interface LargeDatabase {
  /** Runs `work` and explains each of its statements. */
  readonly explain: (work: (database: Database) => Promise<unknown>) => Promise<Plan[]>;
  readonly close: () => Promise<void>;
}

/** Creates and fills a database on this machine's Postgres. `close` drops it. */
export async function openLargeDatabase({ jobs, calls }: { jobs: number; calls: number }): Promise<LargeDatabase> {
  const name = `aggregator_bench_${randomBytes(6).toString('hex')}`;
  await onServer('postgres', (client) => client.query(`CREATE DATABASE ${name}`));
  await migrateServer(`${server}/${name}`);
  await onServer(name, (client) => fill(client, jobs, calls));
  const { explain, close } = await openExplainedDatabase(name);
  return {
    explain,
    async close() {
      await close();
      await onServer('postgres', (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

/** Opens a database of this machine's Postgres whose statements are explained. `close` leaves it. */
export async function openExplainedDatabase(name: string): Promise<LargeDatabase> {
  const inner = createPostgresBackend(`${server}/${name}`);
  const queries: SqlQuery[] = [];
  const backend = {
    ...inner,
    run: (query: SqlQuery) => {
      queries.push(query);
      return inner.run(query);
    },
  };
  const password = randomBytes(12).toString('hex');
  const endpoint = await startNeonEndpoint({ backend, password });
  const database = openDatabase({
    url: `postgres://bench:${password}@localhost/bench`,
    httpUrl: `${endpoint.url}/sql`,
    timeoutMs: 60_000,
  });
  return {
    async explain(work) {
      queries.splice(0);
      await work(database);
      return await onServer(name, (client) => Promise.all(queries.splice(0).map((query) => explain(client, query))));
    },
    async close() {
      await endpoint.close();
      await inner.close();
    },
  };
}

async function onServer<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(`${server}/${database}`);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

/** Returns the median of five runs, because only the first run reads from the disk. */
async function explain(client: pg.Client, { query, params }: SqlQuery): Promise<Plan> {
  const runs: { readonly Plan: Node; readonly 'Execution Time': number }[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${query}`, [...params]);
    runs.push(rows[0]['QUERY PLAN'][0]);
  }
  const [, , middle] = runs.toSorted((left, right) => left['Execution Time'] - right['Execution Time']);
  if (!middle) throw new Error('no plan');
  const nodes = listNodes(middle.Plan);
  return {
    query,
    executionMs: middle['Execution Time'],
    nodes: nodes.map((node) => [node['Node Type'], node['Relation Name']].filter(Boolean).join(' ')),
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))].toSorted(),
    rowsRead: nodes.reduce((sum, node) => sum + countRowsRead(node), 0),
  };
}

function listNodes(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(listNodes)];
}

function countRowsRead(node: Node): number {
  if (node['Relation Name'] === undefined && node['Index Name'] === undefined) return 0;
  return Math.round((node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']);
}

/** The first ten characters of a ULID. */
const timePart = (ms: string) =>
  `(SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((${ms} >> (5 * place)) & 31)::int + 1, 1), '' ORDER BY place DESC) FROM generate_series(0, 9) AS place)`;

/** Fills the tables with one statement each. The triggers are disabled, because they would take a minute. */
async function fill(client: pg.Client, jobs: number, calls: number): Promise<void> {
  const tenant = `CASE WHEN i % 2 = 0 THEN '${largeTenant}' ELSE 'ten_' || i % ${tenants} END`;
  const at = (count: number) => `(${firstDay} + i::bigint * ${days * 86_400_000} / ${count})`;
  const statements = [
    `SET session_replication_role = replica`,
    `INSERT INTO jobs (id, tenant_id, key_id, type, status, provider, model, result, cost_nano_usd, attempt_count, event_count,
        next_attempt_at, created_at, started_at, finished_at, updated_at)
      SELECT 'job_' || ${timePart('ms')} || lpad(i::text, 16, '0'), tenant, 'key_' || tenant, CASE WHEN i % 3 = 0 THEN 'CHAT' ELSE 'TEXT' END,
        CASE WHEN i % 200 < 2 THEN 'FAILED' WHEN i % 2000 < 12 THEN 'CANCELLED' ELSE 'COMPLETED' END,
        CASE WHEN i % 5 = 0 THEN 'claude' ELSE 'openai' END, 'gpt-4o-mini', 'A reply.', 12345, 1, 3, at, at, at, at, at
      FROM (SELECT i, ${tenant} AS tenant, ${at(jobs)} AS ms, to_timestamp(${at(jobs)} / 1000.0) AS at
        FROM generate_series(1, ${jobs}) AS i) AS made`,
    `INSERT INTO job_counts SELECT tenant_id, 0, count(*) FROM jobs GROUP BY 1`,
    `INSERT INTO usage_ledger (request_id, tenant_id, key_id, source, provider, model, status, finish_reason, input_tokens,
        output_tokens, token_source, cost_nano_usd, price_version, first_byte_ms, total_ms, created_at)
      SELECT 'req_' || lpad(i::text, 26, '0'), tenant, 'key_' || tenant || '_' || i % 3, 'sync',
        CASE WHEN i % 5 = 0 THEN 'claude' ELSE 'openai' END, 'model-' || i % 4, 'completed', 'stop', i % 1000, i % 500, 'provider',
        i % 100000, 'v1', 20 + i % 3000, 50 + i % 9000, to_timestamp(${at(calls)} / 1000.0)
      FROM (SELECT i, ${tenant} AS tenant FROM generate_series(1, ${calls}) AS i) AS made`,
    `INSERT INTO usage_rollups SELECT tenant_id, date_trunc('hour', created_at, 'UTC'), key_id, provider, model, source, count(*),
        count(*) FILTER (WHERE status = 'failed'), sum(input_tokens), sum(output_tokens), 0, 0, 0, sum(cost_nano_usd), 0,
        count_buckets(array_agg(first_byte_bucket(first_byte_ms)))
      FROM usage_ledger GROUP BY 1, 2, 3, 4, 5, 6`,
    `INSERT INTO usage_days SELECT tenant_id, date_trunc('day', hour, 'UTC'), key_id, provider, model, source, sum(requests),
        sum(errors), sum(input_tokens), sum(output_tokens), 0, 0, 0, sum(cost_nano_usd), 0, sum_counts(first_byte_counts)
      FROM usage_rollups GROUP BY 1, 2, 3, 4, 5, 6`,
    'VACUUM ANALYZE',
  ];
  for (const statement of statements) await client.query(statement);
}
