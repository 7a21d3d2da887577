import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { idempotencyKeys } from '../schema/idempotency-keys.ts';
import { jobs } from '../schema/jobs.ts';

/** What has to be known to make a job. */
export interface NewJob {
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly type: string;
  readonly provider: string;
  readonly model: string;
  readonly call: unknown;
  readonly metadata?: unknown;
  readonly webhookUrl?: string | undefined;
  /** The failed job that this one does again. */
  readonly retryOf?: string | undefined;
  /** Makes the job only if the key is new to the tenant. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
}

/**
 * Makes jobs that count as enqueued, in one statement: whoever fails to put them on the queue takes that back. Gives the ids
 * of those that were made: none where one has an idempotency key that stands for another request, else all but those whose key is known, or whose failed job is done again already. Throws
 * where two of them have one key.
 */
export async function insertJobs(database: Database, asked: readonly NewJob[]): Promise<Set<string>> {
  const values = sql.join(asked.map(toValues), sql`, `);
  const { rows } = await database.execute(sql`
    WITH asked (id, tenant_id, key_id, type, provider, model, call, metadata, webhook_url, retry_of, key, fingerprint) AS (
      VALUES ${values}
    ), reused AS (
      SELECT FROM asked JOIN ${idempotencyKeys} AS known USING (tenant_id, key)
      WHERE known.expires_at > now() AND (known.fingerprint <> asked.fingerprint OR known.job_id IS NULL)
    ), new_keys AS (
      INSERT INTO ${idempotencyKeys} AS known (tenant_id, key, fingerprint, job_id, expires_at)
      SELECT tenant_id, key, fingerprint, id, now() + interval '24 hours' FROM asked
      WHERE key IS NOT NULL AND NOT EXISTS (SELECT FROM reused) ORDER BY key
      ON CONFLICT (tenant_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, job_id = excluded.job_id, owner = NULL,
        owned_until = NULL, status = NULL, headers = NULL, body = NULL, created_at = now(), expires_at = excluded.expires_at
      WHERE known.expires_at <= now()
      RETURNING job_id
    )
    INSERT INTO ${jobs} (id, tenant_id, key_id, type, provider, model, call, metadata, webhook_url, retry_of, enqueued_at)
    SELECT id, tenant_id, key_id, type, provider, model, call, metadata, webhook_url, retry_of, now() FROM asked
    WHERE NOT EXISTS (SELECT FROM reused) AND (key IS NULL OR id IN (SELECT job_id FROM new_keys))
    ON CONFLICT (retry_of) DO NOTHING
    RETURNING id`);
  return new Set(rows.map(({ id }) => String(id)));
}

function toValues(job: NewJob): SQL {
  const { idempotency } = job;
  return sql`(${job.id}::text, ${job.tenantId}::text, ${job.keyId}::text, ${job.type}::text, ${job.provider}::text,
    ${job.model}::text, ${toJson(job.call)}::json, ${toJson(job.metadata)}::json, ${job.webhookUrl ?? null}::text,
    ${job.retryOf ?? null}::text, ${idempotency?.key ?? null}::text, ${idempotency?.fingerprint ?? null}::text)`;
}

function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
