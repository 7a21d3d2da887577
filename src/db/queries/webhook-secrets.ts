import { sql } from 'drizzle-orm';
import type { AuditActor } from '../../domain/audit.ts';
import type { Database } from '../client.ts';
import { webhookSecrets } from '../schema/webhooks.ts';
import { insertChangeEntries, noState } from './audit-log.ts';

const maxSigningSecrets = 10;

/** Finds a tenant's valid secrets, the newest first: at most ten. */
export async function findSigningSecrets(database: Database, tenantId: string): Promise<string[]> {
  const { rows } = await database.execute<{ secret: string }>(sql`
    SELECT secret FROM ${webhookSecrets} WHERE tenant_id = ${tenantId} AND (expires_at IS NULL OR expires_at > now())
    ORDER BY created_at DESC, id DESC LIMIT ${maxSigningSecrets}`);
  return rows.map(({ secret }) => secret);
}

/** Inserts a tenant's first secret. Of several concurrent calls one inserts it. */
export async function insertFirstSecret(database: Database, tenantId: string, secret: string): Promise<void> {
  await database
    .insert(webhookSecrets)
    .values({ id: `whs_first_${tenantId}`, tenantId, secret })
    .onConflictDoNothing();
}

/** A secret to insert. */
export interface NewSecret {
  readonly id: string;
  readonly tenantId: string;
  readonly secret: string;
  /** How long the older secrets stay valid. */
  readonly overlapSeconds: number;
}

/**
 * Inserts a tenant's new secret and limits the life of the older ones, in one statement. A secret that an earlier rotation
 * ends sooner still ends then. The audit log gets an entry. Returns the time at which the last of them ends; null if none is valid.
 */
export async function replaceSecret(
  database: Database,
  { id, tenantId, secret, overlapSeconds }: NewSecret,
  actor: AuditActor,
): Promise<Date | null> {
  const end = sql`now() + ${overlapSeconds} * interval '1 second'`;
  const entry = insertChangeEntries({
    actor,
    entries: [{ action: 'webhook_secret.rotated', always: true }],
    subjectType: 'webhook_secret',
    subjectId: sql`inserted.id`,
    tenantId: sql`inserted.tenant_id`,
    before: noState,
    after: sql`jsonb_build_object('overlapSeconds', ${overlapSeconds}::int)`,
    from: sql`inserted`,
  });
  const { rows } = await database.execute<{ endsAtMs: number | null }>(sql`
    WITH inserted AS (
      INSERT INTO ${webhookSecrets} (id, tenant_id, secret) VALUES (${id}, ${tenantId}, ${secret})
      RETURNING id, tenant_id
    ), recorded AS (${entry}), older AS (
      UPDATE ${webhookSecrets} SET expires_at = least(expires_at, ${end})
      WHERE tenant_id = ${tenantId} AND (expires_at IS NULL OR expires_at > now())
      RETURNING expires_at
    ), expired AS (
      DELETE FROM ${webhookSecrets} WHERE tenant_id = ${tenantId} AND expires_at <= now()
    )
    SELECT (extract(epoch FROM max(expires_at)) * 1000)::float8 AS "endsAtMs" FROM older`);
  const endsAtMs = rows[0]?.endsAtMs;
  return endsAtMs == null ? null : new Date(endsAtMs);
}
