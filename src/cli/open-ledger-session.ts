import type { Settings } from '../dev/dev-settings.ts';
import { openPostgresSession } from '../dev/postgres-backend.ts';
import type { SqlSession } from '../dev/sql-backend.ts';
import { StartError } from '../dev/start-error.ts';

/**
 * Opens a connection of its own to the database of DATABASE_URL, for what takes longer than a statement over HTTP may last. Throws
 * a StartError without DATABASE_URL, for a connection pooler, and for a Postgres that cannot be reached.
 */
export async function openLedgerSession({ databaseUrl }: Pick<Settings, 'databaseUrl'>): Promise<SqlSession> {
  if (databaseUrl === undefined) {
    throw new StartError(
      'DATABASE_URL must be set to the database of the gateway: the embedded one cannot be archived.',
    );
  }
  const { hostname } = new URL(databaseUrl);
  if (/-pooler\./.test(hostname)) {
    throw new StartError(
      `DATABASE_URL: ${hostname} is a connection pooler, which does not keep a session. Use the direct address, without -pooler.`,
    );
  }
  try {
    return await openPostgresSession(databaseUrl);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(`DATABASE_URL: the Postgres at ${hostname} cannot be used (${message || code}).`);
  }
}
