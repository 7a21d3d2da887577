import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createPgliteBackend } from '../../../src/dev/pglite-backend.ts';
import { migrateEmbedded } from '../../../src/dev/run-migrations.ts';
import { isDeveloperDatabase, seedDevTenant } from '../../../src/dev/seed.ts';
import { findFreePort } from '../../support/free-port.ts';
import { canReachServer, createTestDatabase } from '../../support/real-servers.ts';

const realPostgres = await canReachServer('Postgres', 5432);
const migrateScript = fileURLToPath(new URL('../../../src/cli/migrate.ts', import.meta.url));
const tableNames = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`;

function migrate(databaseUrl: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl };
  return new Promise((resolve) => {
    execFile(process.execPath, [migrateScript], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

test('the embedded Postgres gets the schema and the dev key, as often as it is asked for', async () => {
  const database = await PGlite.create();
  for (let start = 0; start < 2; start++) {
    await migrateEmbedded(database);
    await seedDevTenant(createPgliteBackend(database));
  }
  const { rows } = await database.query(
    'SELECT api_keys.id AS key, tenant_id, tenants.name FROM api_keys JOIN tenants ON tenants.id = tenant_id',
  );
  expect(rows).toEqual([{ key: 'key_dev', tenant_id: 'ten_dev', name: 'dev' }]);
  await database.close();
});

test.skipIf(!realPostgres)('a server gets the same schema, also by two who migrate at once', async () => {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  const runs = await Promise.all([migrate(database.url), migrate(database.url)]);
  const done = { code: 0, stdout: 'The database is at the newest schema.\n', stderr: '' };
  expect([...runs, await migrate(database.url)]).toEqual([done, done, done]);

  const embedded = await PGlite.create();
  await migrateEmbedded(embedded);
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query<{ table_name: string }>(tableNames);
  const { rows: keys } = await client.query('SELECT id FROM api_keys');
  await client.end();
  expect(rows).toEqual((await embedded.query(tableNames)).rows);
  expect(keys).toEqual([]);
  await embedded.close();
});

test('a database that is not there is told in one sentence, without its password', async () => {
  const address = `127.0.0.1:${await findFreePort()}`;
  expect(await migrate(`postgres://me:secret@${address}/x`)).toEqual({
    code: 1,
    stdout: '',
    stderr: `DATABASE_URL: the Postgres at ${address} cannot be used (connect ECONNREFUSED ${address}).\n`,
  });
});

test.each([
  ['postgres://localhost/x', true],
  ['postgres://127.0.0.1:5432/x', true],
  ['postgres://[::1]/x', true],
  ['postgres://postgres:5432/x', true],
  ['postgres://host.docker.internal/x', true],
  ['postgres://ep-cool-name.eu-central-1.aws.neon.tech/x', false],
  ['postgres://10.0.0.5/x', false],
  ['postgres://[2001:db8::1]/x', false],
])('the public key may be made in %s: %s', (url, expected) => {
  expect(isDeveloperDatabase(url)).toBe(expected);
});
