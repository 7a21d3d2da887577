import { hashKey } from '../auth/hash-key.ts';
import { devKey } from '../domain/dev-key.ts';
import type { SqlBackend } from './sql-backend.ts';

/** Makes tenant `dev` and its key where they are not there yet. */
export async function seedDevTenant(backend: SqlBackend): Promise<void> {
  await backend.runTransaction(
    [
      { query: `INSERT INTO tenants (id, name) VALUES ('ten_dev', 'dev') ON CONFLICT DO NOTHING`, params: [] },
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
 * Whether a database is a developer's own: on this machine, or one that only a private network knows by its name. The
 * public key is made nowhere else.
 */
export function mayHoldDevKey(databaseUrl: string): boolean {
  const host = new URL(databaseUrl).hostname.replace(/^\[|\]$/g, '');
  return host === '::1' || host.startsWith('127.') || host === 'host.docker.internal' || !/[.:]/.test(host);
}
