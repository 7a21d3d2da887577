import { hashKey } from '../auth/hash-key.ts';
import { devKey } from '../domain/dev-key.ts';
import type { SqlBackend } from './sql-backend.ts';

/** Creates the tenant `dev`, whose Responses are stored, and its key, unless they exist. */
export async function seedDevTenant(backend: SqlBackend): Promise<void> {
  await backend.runTransaction(
    [
      {
        query: `INSERT INTO tenants (id, name, store_responses) VALUES ('ten_dev', 'dev', true) ON CONFLICT DO NOTHING`,
        params: [],
      },
      {
        query: `INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes)
          SELECT 'key_dev', id, 'dev', $1, '{chat,jobs,read,admin}' FROM tenants WHERE name = 'dev' ON CONFLICT DO NOTHING`,
        params: [await hashKey(devKey)],
      },
    ],
    '',
  );
}

/**
 * Returns whether a database belongs to a developer: it is on this machine, or has a name of a private network only.
 * The public dev key is created nowhere else.
 */
export function isDeveloperDatabase(databaseUrl: string): boolean {
  const host = new URL(databaseUrl).hostname.replace(/^\[|\]$/g, '');
  return host === '::1' || host.startsWith('127.') || host === 'host.docker.internal' || !/[.:]/.test(host);
}
