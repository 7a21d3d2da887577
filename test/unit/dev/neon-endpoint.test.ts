import { PGlite } from '@electric-sql/pglite';
import { type NeonDbError, type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless';
import { eq, sql as raw } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/neon-http';
import { bigint, customType, jsonb, numeric, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LocalServer } from '../../../src/dev/local-server.ts';
import { startNeonEndpoint } from '../../../src/dev/neon-endpoint.ts';
import { createPgliteBackend } from '../../../src/dev/pglite-backend.ts';
import { createPostgresBackend } from '../../../src/dev/postgres-backend.ts';
import type { SqlBackend } from '../../../src/dev/sql-backend.ts';
import { canReachServer, createTestDatabase } from '../../support/real-servers.ts';

const password = 'the password of this run';
const connectionString = `postgres://local:${encodeURIComponent(password)}@local/local`;
const realPostgres = await canReachServer('Postgres', 5432);

async function embedded(): Promise<SqlBackend> {
  return createPgliteBackend(await PGlite.create());
}

async function real(): Promise<SqlBackend> {
  const database = await createTestDatabase();
  const backend = createPostgresBackend(database.url);
  return { ...backend, close: () => backend.close().then(database.drop) };
}

const engines = [{ name: 'embedded Postgres', open: embedded }];
if (realPostgres) engines.push({ name: 'a Postgres server', open: real });

describe.each(engines)('the Neon endpoint over $name', ({ open }) => {
  let backend: SqlBackend;
  let endpoint: LocalServer;
  let sql: NeonQueryFunction<false, true>;

  beforeAll(async () => {
    backend = await open();
    endpoint = await startNeonEndpoint({ backend, password });
    neonConfig.fetchEndpoint = `${endpoint.url}/sql`;
    sql = neon(connectionString, { fullResults: true });
  });
  afterAll(async () => {
    await endpoint.close();
    await backend.close();
  });
  beforeEach(async () => {
    await sql`DROP TABLE IF EXISTS book`;
    await sql`CREATE TABLE book (id bigint PRIMARY KEY, title text UNIQUE NOT NULL, extra jsonb)`;
  });

  test('returns values of every type unchanged', async () => {
    const time = new Date('2026-01-02T03:04:05.678Z');
    const { rows } = await sql`SELECT
      ${'Привет 👋 "x" \\ \'y\''}::text AS text, ${''}::text AS empty, ${null}::text AS nothing,
      ${42}::int AS int, ${1.5}::float8 AS float, ${true}::bool AS yes, ${false}::bool AS no,
      ${9007199254740993n}::bigint AS bigint, ${'12345678901234567890.123456789'}::numeric AS numeric,
      ${time}::timestamptz = '2026-01-02 03:04:05.678+00' AS time,
      ${{ a: [1, { b: null }] }}::jsonb AS json, ${['a', 'b,"c"', null]}::text[] AS list, ${[[1, 2], [3, 4]]}::int[] AS matrix,
      ${Buffer.from([0, 1, 254, 255])}::bytea AS bytes, ${'{}'}::text[] AS none`;
    expect(rows).toEqual([
      {
        text: 'Привет 👋 "x" \\ \'y\'',
        empty: '',
        nothing: null,
        int: 42,
        float: 1.5,
        yes: true,
        no: false,
        bigint: '9007199254740993',
        numeric: '12345678901234567890.123456789',
        time: true,
        json: { a: [1, { b: null }] },
        list: ['a', 'b,"c"', null],
        matrix: [
          [1, 2],
          [3, 4],
        ],
        bytes: Buffer.from([0, 1, 254, 255]),
        none: [],
      },
    ]);
  });

  test('returns arrays if the driver requests them, with fields of the same name', async () => {
    const result = await sql.query('SELECT 1 AS a, $1::int AS a', [2], { arrayMode: true, fullResults: true });
    expect(result.rows).toEqual([[1, 2]]);
    expect(result.fields.map(({ name }) => name)).toEqual(['a', 'a']);
  });

  test('returns objects to a client that does not request arrays', async () => {
    const response = await fetch(`${endpoint.url}/sql`, {
      method: 'POST',
      headers: { 'neon-connection-string': connectionString },
      body: JSON.stringify({ query: 'SELECT $1::int AS number, $2::jsonb AS json', params: [7, { a: true }] }),
    });
    expect(await response.json()).toMatchObject({ rows: [{ number: '7', json: '{"a": true}' }], rowAsArray: false });
  });

  test('reports the command and the number of affected rows', async () => {
    const results = [
      await sql`INSERT INTO book VALUES (1, 'one'), (2, 'two')`,
      await sql`INSERT INTO book VALUES (2, 'again') ON CONFLICT DO NOTHING RETURNING id`,
      await sql`WITH gone AS (SELECT 1 AS id) UPDATE book SET title = 'uno' FROM gone WHERE book.id = gone.id`,
      await sql`SELECT * FROM book`,
      await sql`DELETE FROM book RETURNING id`,
      await sql`CREATE TABLE IF NOT EXISTS book ()`,
    ];
    expect(results.map(({ command, rowCount }) => [command, rowCount])).toEqual([
      ['INSERT', 2],
      ['INSERT', 0],
      ['UPDATE', 1],
      ['SELECT', 2],
      ['DELETE', 2],
      ['CREATE', null],
    ]);
  });

  test('runs a batch as one transaction', async () => {
    const batch = sql.transaction([
      sql`INSERT INTO book VALUES (1, 'one')`,
      sql`INSERT INTO book VALUES (1, 'the same id')`,
    ]);
    await expect(batch).rejects.toMatchObject({ code: '23505' });
    const [inserted, selected] = await sql.transaction([
      sql`INSERT INTO book VALUES (1, 'one')`,
      sql`SELECT title FROM book`,
    ]);
    expect(inserted?.rowCount).toBe(1);
    expect(selected?.rows).toEqual([{ title: 'one' }]);
  });

  test('sets the isolation level, and refuses writes in a read-only batch', async () => {
    const [level] = await sql.transaction([sql`SHOW transaction_isolation`], { isolationLevel: 'Serializable' });
    expect(level?.rows).toEqual([{ transaction_isolation: 'serializable' }]);
    const write = sql.transaction([sql`INSERT INTO book VALUES (1, 'one')`], {
      isolationLevel: 'RepeatableRead',
      readOnly: true,
    });
    await expect(write).rejects.toMatchObject({ code: '25006' });
  });

  test('returns the fields of an error and keeps working', async () => {
    await sql`INSERT INTO book VALUES (1, 'one')`;
    const error: NeonDbError = await sql`INSERT INTO book VALUES (2, ${'one'})`.catch((thrown) => thrown);
    expect(error).toMatchObject({
      name: 'NeonDbError',
      message: 'duplicate key value violates unique constraint "book_title_key"',
      severity: 'ERROR',
      code: '23505',
      detail: 'Key (title)=(one) already exists.',
      schema: 'public',
      table: 'book',
      constraint: 'book_title_key',
    });
    await expect(sql`SELECT nonsense FROM book`).rejects.toMatchObject({ code: '42703', position: '8' });
    await expect(sql`SELECT ${'x'}::int`).rejects.toMatchObject({ code: '22P02' });
    await expect(sql.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '42601' });
    expect((await sql`SELECT 1 AS one`).rows).toEqual([{ one: 1 }]);
  });

  test('separates concurrent statements and batches', async () => {
    const numbers = Array.from({ length: 40 }, (_, number) => number);
    const inserts = numbers.map((number) =>
      number % 2 === 0
        ? sql`INSERT INTO book VALUES (${number}, ${`title ${number}`})`
        : sql.transaction([
            sql`INSERT INTO book VALUES (${number}, ${`title ${number}`})`,
            sql`UPDATE book SET extra = ${{ number }} WHERE id = ${number}`,
          ]),
    );
    await Promise.all(inserts);
    const { rows } = await sql`SELECT count(*)::int AS all, count(extra)::int AS extra FROM book`;
    expect(rows).toEqual([{ all: 40, extra: 20 }]);
  });

  test('serves drizzle: columns of its own types, batches and errors', async () => {
    const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
    const event = pgTable('event', {
      id: bigint({ mode: 'bigint' }).primaryKey(),
      cost: numeric({ mode: 'bigint' }),
      tags: text().array(),
      data: jsonb(),
      at: timestamp({ withTimezone: true, precision: 3 }).defaultNow(),
      raw: bytea(),
    });
    await sql`DROP TABLE IF EXISTS event`;
    await sql`CREATE TABLE event (id bigint PRIMARY KEY, cost numeric, tags text[], data jsonb,
      at timestamptz(3) DEFAULT now(), raw bytea)`;
    const database = drizzle({ client: neon(connectionString) });
    const row = {
      id: 9223372036854775807n,
      cost: 123456789012345678901234567890n,
      tags: ['a', '{b}'],
      data: { text: 'ключ', list: [1, null] },
      at: new Date('2026-11-23T10:00:00.123Z'),
      raw: Buffer.from([1, 0, 255]),
    };
    expect(await database.insert(event).values(row).returning()).toEqual([row]);
    const [updated, selected] = await database.batch([
      database.update(event).set({ tags: [], raw: null }).where(eq(event.id, row.id)),
      database.select().from(event),
    ]);
    expect(updated.rowCount).toBe(1);
    expect(selected).toEqual([{ ...row, tags: [], raw: null }]);
    expect((await database.execute(raw`SELECT ${1}::int AS one`)).rows).toEqual([{ one: 1 }]);
    await expect(database.insert(event).values(row)).rejects.toMatchObject({ cause: { code: '23505' } });
  });

  test.each([
    ['no connection string', {}],
    ['another password', { 'neon-connection-string': 'postgres://local:guess@local/local' }],
    ['no URL', { 'neon-connection-string': password }],
  ])('rejects %s and sends no CORS header', async (_, headers) => {
    const response = await fetch(`${endpoint.url}/sql`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', ...headers },
      body: JSON.stringify({ query: 'SELECT 1', params: [] }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('answers a body that is not a query with 400', async () => {
    const headers = { 'neon-connection-string': connectionString };
    const response = await fetch(`${endpoint.url}/sql`, { method: 'POST', headers, body: '{"queries":[{}]' });
    expect([response.status, await response.json()]).toEqual([
      400,
      { message: 'The body must be {query, params} or {queries}.' },
    ]);
  });
});

test('an unreachable Postgres is a server error and not a statement error', async () => {
  const backend = createPostgresBackend('postgres://nobody@127.0.0.1:1/nothing');
  const endpoint = await startNeonEndpoint({ backend, password });
  neonConfig.fetchEndpoint = `${endpoint.url}/sql`;
  await expect(neon(connectionString)`SELECT 1`).rejects.toThrow(/HTTP status 503.*ECONNREFUSED/);
  await endpoint.close();
});
