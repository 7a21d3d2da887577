import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { hashKey } from '../auth/hash-key.ts';
import { newApiKey } from '../auth/new-api-key.ts';
import { newId } from '../core/ids.ts';
import { postgresConfig } from './postgres-backend.ts';
import { readSettings } from './settings.ts';
import { reportFailure, StartError } from './start-error.ts';

const usage = 'Usage: npm run admin -- create-tenant NAME';

try {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [command, name, ...rest] = positionals;
  if (command !== 'create-tenant' || name === undefined || rest.length > 0) throw new StartError(usage);
  const { databaseUrl } = readSettings(process.env, fileURLToPath(new URL('../../.env', import.meta.url)));
  if (databaseUrl === undefined) {
    throw new StartError('DATABASE_URL must be set to the database of the gateway, in the environment or in .env.');
  }
  await createTenant(databaseUrl, name);
} catch (error) {
  reportFailure(error);
}

/** Makes a tenant with its first key, which is shown here and nowhere again. */
async function createTenant(databaseUrl: string, name: string): Promise<void> {
  const tenantId = newId('ten');
  const key = newApiKey();
  const client = new pg.Client(postgresConfig(databaseUrl));
  await client.connect().catch((error: Error) => {
    throw new StartError(`DATABASE_URL: that Postgres cannot be used (${error.message}).`);
  });
  try {
    // One statement, so that there is never a tenant without its key.
    const { rowCount } = await client.query(
      `WITH tenant AS (INSERT INTO tenants (id, name) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING id)
       INSERT INTO api_keys (id, tenant_id, name, key_hash) SELECT $3, id, 'first', $4 FROM tenant`,
      [tenantId, name, newId('key'), await hashKey(key)],
    );
    if (rowCount === 0) throw new StartError(`There is a tenant named "${name}" already.`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42P01') throw error;
    throw new StartError('The database has no tables yet: run `npm run db:migrate` first.');
  } finally {
    await client.end();
  }
  console.log(
    `Tenant "${name}" (${tenantId}) has this API key. It is shown once and stored as its hash only:\n\n${key}`,
  );
}
