import { type Database, openDatabase } from '../db/client.ts';
import type { Settings } from '../dev/dev-settings.ts';
import { startNeonEndpoint } from '../dev/neon-endpoint.ts';
import { createPostgresBackend } from '../dev/postgres-backend.ts';
import { readRunningServices } from '../dev/running-services.ts';
import { createSecret } from '../dev/secret.ts';
import { StartError } from '../dev/start-error.ts';
import type { ServiceVariables } from '../dev/worker-variables.ts';

const statementTimeoutMs = 10_000;

/**
 * Runs `work` with the database of DATABASE_URL, or of the local stack on the data folder. Throws a StartError without
 * either, and for a Postgres that cannot be used or has no tables yet.
 */
export async function withDatabase(
  { databaseUrl, dataDir }: Pick<Settings, 'databaseUrl' | 'dataDir'>,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  if (databaseUrl !== undefined) return await withServer(databaseUrl, work);
  const running = readRunningServices(dataDir);
  if (running) return await work(openRunningDatabase(running));
  throw new StartError(
    `DATABASE_URL must be set to the database of the gateway, in the environment or in .env; without it \`npm run dev\` must be running on the data folder ${dataDir}.`,
  );
}

/** Opens the database of a running local stack. */
export function openRunningDatabase({ DATABASE_URL, DATABASE_HTTP_URL }: ServiceVariables): Database {
  return openDatabase({ url: DATABASE_URL, httpUrl: DATABASE_HTTP_URL, timeoutMs: statementTimeoutMs });
}

/** Connects as the Worker does: by Neon's protocol, through an endpoint that exists for the time of `work`. */
async function withServer(databaseUrl: string, work: (database: Database) => Promise<void>): Promise<void> {
  const backend = createPostgresBackend(databaseUrl);
  const password = createSecret();
  try {
    await backend.run({ query: 'SELECT 1', params: [] }).catch((error: Error) => {
      throw new StartError(`DATABASE_URL: that Postgres cannot be used (${error.message}).`);
    });
    const { rows } = await backend.run({ query: "SELECT to_regclass('audit_log')", params: [] });
    if (!rows[0]?.[0]) throw new StartError('The database is not at this schema: run `npm run db:migrate` first.');
    const endpoint = await startNeonEndpoint({ backend, password });
    const url = `postgres://admin:${password}@localhost/admin`;
    const httpUrl = `${endpoint.url}/sql`;
    await work(openDatabase({ url, httpUrl, timeoutMs: statementTimeoutMs })).finally(() => endpoint.close());
  } finally {
    await backend.close();
  }
}
