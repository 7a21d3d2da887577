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
 * Makes jobs that count as enqueued: whoever fails to put them on the queue takes that back. Gives the ids of those that were
 * made: none where one has an idempotency key that stands for another request, else all but those whose key is known, or
 * whose failed job is done again already.
 */
export async function insertJobs(database: Database, asked: readonly NewJob[]): Promise<Set<string>> {
  const keyed = asked.filter(({ idempotency }) => idempotency !== undefined);
  const insert = database.execute(insertion(asked));
  const { rows } = keyed.length === 0 ? await insert : (await database.batch([takeKeys(database, keyed), insert]))[1];
  return new Set(rows.map(({ id }) => String(id)));
}

/**
 * Takes the keys that are new or have run out, and locks the others as they are: even a row that WHERE passes over is locked,
 * once whoever else has it has committed. In the order of the keys, so that no two wait for each other.
 */
function takeKeys(database: Database, keyed: readonly NewJob[]) {
  const values = keyed.map(
    ({ id, tenantId, idempotency }) =>
      sql`(${tenantId}::text, ${idempotency?.key}::text, ${idempotency?.fingerprint}::text, ${id}::text)`,
  );
  return database.execute(sql`
    INSERT INTO ${idempotencyKeys} AS known (tenant_id, key, fingerprint, job_id, expires_at)
    SELECT tenant_id, key, fingerprint, id, now() + interval '24 hours'
    FROM (VALUES ${sql.join(values, sql`, `)}) AS asked (tenant_id, key, fingerprint, id) ORDER BY key
    ON CONFLICT (tenant_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, job_id = excluded.job_id, owner = NULL,
      owned_until = NULL, status = NULL, headers = NULL, body = NULL, created_at = now(), expires_at = excluded.expires_at
    WHERE known.expires_at <= now()`);
}

/** A statement behind that one, for only a new snapshot has what others have committed meanwhile. No key changes any more. */
function insertion(asked: readonly NewJob[]): SQL {
  return sql`
    WITH asked (id, tenant_id, key_id, type, provider, model, call, metadata, webhook_url, retry_of, key, fingerprint) AS (
      VALUES ${sql.join(asked.map(toValues), sql`, `)}
    ), reused AS (
      SELECT FROM asked JOIN ${idempotencyKeys} AS known USING (tenant_id, key)
      WHERE known.fingerprint <> asked.fingerprint OR known.job_id IS NULL
    ), given_back AS (
      DELETE FROM ${idempotencyKeys} AS known USING asked WHERE known.tenant_id = asked.tenant_id AND known.key = asked.key
        AND known.job_id = asked.id AND EXISTS (SELECT FROM reused)
    )
    INSERT INTO ${jobs} (id, tenant_id, key_id, type, provider, model, call, metadata, webhook_url, retry_of, enqueued_at)
    SELECT id, tenant_id, key_id, type, provider, model, call, metadata, webhook_url, retry_of, now() FROM asked
    WHERE NOT EXISTS (SELECT FROM reused) AND (key IS NULL OR EXISTS (
      SELECT FROM ${idempotencyKeys} AS known
      WHERE known.tenant_id = asked.tenant_id AND known.key = asked.key AND known.job_id = asked.id))
    ON CONFLICT (retry_of) DO NOTHING
    RETURNING id`;
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
