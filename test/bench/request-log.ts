/**
 * Prints what the filters of the request log cost Postgres at ten million rows: `node test/bench/request-log.ts [ROWS [TENANTS]] [--keep]`. It needs
 * a PostgreSQL on 127.0.0.1:5432, 12 GB of disk and some minutes to fill a database, which it drops in the end.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openDatabase } from '../../src/db/client.ts';
import { startNeonEndpoint } from '../../src/dev/neon-endpoint.ts';
import { createPostgresBackend } from '../../src/dev/postgres-backend.ts';
import type { SqlQuery } from '../../src/dev/sql-backend.ts';
import { exportRequests } from '../../src/request-log/export-requests.ts';
import { findRequests } from '../../src/request-log/find-requests.ts';
import { parseRequestQuery, type RequestQueryInput } from '../../src/request-log/request-query.ts';
import { dropDatabase, endMs, openFilledDatabase } from './request-log-database.ts';

const [rows = 10_000_000, tenants = 200] = process.argv.filter((argument) => /^\d+$/.test(argument)).map(Number);
const name = `aggregator_bench_requests_${rows}_${tenants}`;
const largeTenant = { tenantId: 'ten_0000' };
const smallTenant = { tenantId: 'ten_0150' };
const month = { since: new Date(endMs - 30 * 86_400_000) };

const filters: readonly RequestQueryInput[] = [
  {},
  month,
  largeTenant,
  smallTenant,
  { id: `client-${rows / 2}` },
  { ...largeTenant, id: `client-${rows / 2}` },
  { ...month, keyId: 'key_0_1', ...largeTenant },
  { ...month, endUser: 'user-0' },
  { ...month, endUser: 'user-77777' },
  { ...month, endUser: 'user-0', ...largeTenant },
  { ...month, endUser: 'user-77777', ...smallTenant },
  { ...month, endUser: 'absent', ...largeTenant },
  { ...month, status: 'failed' },
  { ...month, status: 'completed' },
  { ...month, status: 'refused', ...largeTenant },
  { ...month, status: 'failed', ...smallTenant },
  { ...month, model: 'model-0' },
  { ...month, model: 'model-29' },
  { ...month, model: 'absent' },
  { ...month, model: 'model-29', ...smallTenant },
  { ...month, model: 'absent', ...largeTenant },
  { ...month, route: 'route-1' },
  { ...month, route: 'route-1', ...smallTenant },
  { ...month, route: 'absent', ...largeTenant },
  { ...month, sessionId: 'session-1', ...largeTenant },
  { ...month, tag: 'team=absent' },
  { ...month, fellBack: true },
  { ...month, minTotalMs: 100_000, ...smallTenant },
  { ...month, status: 'failed', errorCode: 'absent' },
  { ...month, endUser: 'user-0', status: 'refused', ...largeTenant },
];

const url = await openFilledDatabase(name, rows, tenants);
const inner = createPostgresBackend(url);
const queries: SqlQuery[] = [];
const password = randomBytes(12).toString('hex');
const endpoint = await startNeonEndpoint({
  backend: {
    ...inner,
    run: (query: SqlQuery) => {
      queries.push(query);
      return inner.run(query);
    },
  },
  password,
});
const database = openDatabase({
  url: `postgres://bench:${password}@localhost/bench`,
  httpUrl: `${endpoint.url}/sql`,
  timeoutMs: 120_000,
});
const dependencies = { database, now: () => endMs };
const client = new pg.Client(url);
await client.connect();

/** Returns the milliseconds that the statements of `work` take, with planning: the first time and the median of five. */
async function measure(work: () => Promise<unknown>) {
  queries.splice(0);
  await work();
  const statements = queries.splice(0);
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    let ms = 0;
    for (const { query, params } of statements) {
      const { rows: plans } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${query}`, [...params]);
      const [plan] = plans[0]['QUERY PLAN'];
      ms += plan['Planning Time'] + plan['Execution Time'];
    }
    times.push(ms);
  }
  const [first = 0] = times;
  return { first, median: times.toSorted((left, right) => left - right)[2] ?? 0, statements: statements.length };
}

try {
  for (const filter of filters) {
    const query = parseRequestQuery(filter, { tenantId: '', scopes: ['admin'] });
    let result = '';
    const { first, median, statements } = await measure(async () => {
      const page = await findRequests(dependencies, query, { first: 20 });
      result = `${page.rows.length} rows${page.scannedUntil ? ', scanned in part' : ''}`;
    });
    const shown = JSON.stringify({ ...filter, since: filter.since && '30 days' });
    console.log(
      `${shown.padEnd(80)} ${first.toFixed(1)} ms, median ${median.toFixed(1)} ms, ${statements} statements, ${result}`,
    );
  }
  const startedAt = performance.now();
  const exported = exportRequests(dependencies, parseRequestQuery(month, { tenantId: '', scopes: ['admin'] }), 'csv');
  await exported.next();
  console.log(`The first 2,000 rows of an export of a month: ${(performance.now() - startedAt).toFixed(0)} ms`);
  let pages = 1;
  while (pages < 50 && !(await exported.next()).done) pages += 1;
  const { heapUsed } = process.memoryUsage();
  console.log(
    `${pages} pages: ${(performance.now() - startedAt).toFixed(0)} ms, ${(heapUsed / 2 ** 20).toFixed(0)} MB heap`,
  );
} finally {
  await client.end();
  await endpoint.close();
  await inner.close();
  if (!process.argv.includes('--keep')) await dropDatabase(name);
}
