import { sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { webhookSecrets } from '../schema/webhooks.ts';

const maxSigning = 10;

/** A tenant's secrets that are valid now, the newest first: at most ten. */
export async function findSigningSecrets(database: Database, tenantId: string): Promise<string[]> {
  const { rows } = await database.execute(sql`
    SELECT secret FROM ${webhookSecrets} WHERE tenant_id = ${tenantId} AND (expires_at IS NULL OR expires_at > now())
    ORDER BY created_at DESC, id DESC LIMIT ${maxSigning}`);
  return rows.map(({ secret }) => String(secret));
}

/** Keeps a tenant's very first secret: of several that come at once, one. */
export async function insertFirstSecret(database: Database, tenantId: string, secret: string): Promise<void> {
  await database
    .insert(webhookSecrets)
    .values({ id: `whs_first_${tenantId}`, tenantId, secret })
    .onConflictDoNothing();
}

/** A secret to be kept. */
export interface NewSecret {
  readonly id: string;
  readonly tenantId: string;
  readonly secret: string;
  /** How long the older ones stay valid beside it. */
  readonly overlapSeconds: number;
}

/**
 * Keeps a tenant's new secret and lets the older ones run out, in one statement; those that end earlier by an earlier
 * rotation still do. Gives when the last of them ends, null where there is none that is valid.
 */
export async function replaceSecret(
  database: Database,
  { id, tenantId, secret, overlapSeconds }: NewSecret,
): Promise<Date | null> {
  const end = sql`now() + ${overlapSeconds} * interval '1 second'`;
  const { rows } = await database.execute(sql`
    WITH made AS (
      INSERT INTO ${webhookSecrets} (id, tenant_id, secret) VALUES (${id}, ${tenantId}, ${secret})
    ), older AS (
      UPDATE ${webhookSecrets} SET expires_at = least(expires_at, ${end})
      WHERE tenant_id = ${tenantId} AND (expires_at IS NULL OR expires_at > now())
      RETURNING expires_at
    ), expired AS (
      DELETE FROM ${webhookSecrets} WHERE tenant_id = ${tenantId} AND expires_at <= now()
    )
    SELECT (extract(epoch FROM max(expires_at)) * 1000)::float8 AS "endsAtMs" FROM older`);
  const endsAtMs = rows[0]?.endsAtMs;
  return endsAtMs == null ? null : new Date(Number(endsAtMs));
}
