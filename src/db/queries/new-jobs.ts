import { type SQL, sql } from 'drizzle-orm';
import type { JobType } from '../../domain/job.ts';
import type { RequestTags } from '../../domain/logging.ts';
import type { ChatRequest } from '../../domain/request.ts';
import type { Database } from '../client.ts';
import { idempotencyKeys } from '../schema/idempotency-keys.ts';
import { jobs } from '../schema/jobs.ts';
import { tenants } from '../schema/tenants.ts';
import type { ResponseJobInput } from './response-jobs.ts';

/** A job to insert. */
export interface NewJob {
  readonly id: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly type: JobType;
  readonly provider: string;
  readonly model: string;
  /** The route, or the models, that the client has named. Absent where provider and model are all that it can run on. */
  readonly models?: readonly string[] | null | undefined;
  /** Either the request as the gateway takes it, or a Responses request. */
  readonly call?: Omit<ChatRequest, 'model'> | null | undefined;
  readonly response?: ResponseJobInput | null | undefined;
  readonly metadata?: unknown;
  /** To whom the request is attributed. */
  readonly endUser?: string | null | undefined;
  readonly sessionId?: string | null | undefined;
  readonly tags?: RequestTags | null | undefined;
  /** Absent for a Responses request: that of the tenant, if it has one. */
  readonly webhookUrl?: string | undefined;
  /** The failed job that this job retries. */
  readonly retryOf?: string | undefined;
  /** The job is inserted only if the key is new to the tenant. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
}

/** What became of new jobs. */
export interface InsertedJobs {
  readonly ids: ReadonlySet<string>;
  /** None was inserted, because the tenant would have more pending jobs than it may. */
  readonly exceedsMax: boolean;
}

/**
 * Further than this from its maximum, a tenant's jobs are inserted without its lock: hundreds of requests at once would wait for
 * each other. It is more jobs than Postgres inserts at the same time.
 */
const UNLOCKED_DISTANCE = 5_000;

/**
 * Inserts jobs of one tenant that count as enqueued: the caller has to mark those that the queue does not take. Returns the ids
 * of the inserted jobs: none if the idempotency key of one belongs to another request or if the tenant would have more than
 * `maxPendingJobs`, else all but those whose key exists already and those whose failed job has a retry already.
 */
export async function insertJobs(
  database: Database,
  newJobs: readonly NewJob[],
  maxPendingJobs: number,
): Promise<InsertedJobs> {
  const [first] = newJobs;
  if (!first) return { ids: new Set(), exceedsMax: false };
  const unlocked = await insertUpTo(database, newJobs, maxPendingJobs - UNLOCKED_DISTANCE, []);
  return unlocked.exceedsMax
    ? insertUpTo(database, newJobs, maxPendingJobs, [lockTenant(database, first.tenantId)])
    : unlocked;
}

/** `before`: statements of the same transaction that run first. */
async function insertUpTo(
  database: Database,
  newJobs: readonly NewJob[],
  maxPendingJobs: number,
  before: readonly ReturnType<typeof lockTenant>[],
): Promise<InsertedJobs> {
  if (maxPendingJobs <= 0) return { ids: new Set(), exceedsMax: true };
  const keyed = newJobs.filter(({ idempotency }) => idempotency !== undefined);
  const claim = keyed.length === 0 ? [] : [claimKeys(database, keyed)];
  const insert = database.execute(insertStatement(newJobs, maxPendingJobs));
  const [head, ...rest] = [...before, ...claim];
  const results = head ? await database.batch([head, ...rest, insert]) : [await insert];
  const rows = results.at(-1)?.rows ?? [];
  const ids = rows.flatMap(({ id }) => (id === null ? [] : [String(id)]));
  return { ids: new Set(ids), exceedsMax: ids.length < rows.length };
}

/**
 * Lets one transaction at a time insert jobs of a tenant, so that concurrent ones do not pass its maximum together. A statement
 * of its own, because only a new snapshot sees the jobs that were committed while this one waited.
 */
function lockTenant(database: Database, tenantId: string) {
  return database.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`jobs of ${tenantId}`}, 0))`);
}

/**
 * Claims the keys that are new or expired, and locks the others unchanged: ON CONFLICT locks a row even if WHERE excludes it,
 * once concurrent transactions on it have committed. Ordered by key, so that two batches cannot deadlock.
 */
function claimKeys(database: Database, keyed: readonly NewJob[]) {
  const values = keyed.map(
    ({ id, tenantId, idempotency }) =>
      sql`(${tenantId}::text, ${idempotency?.key}::text, ${idempotency?.fingerprint}::text, ${id}::text)`,
  );
  return database.execute(sql`
    INSERT INTO ${idempotencyKeys} AS existing (tenant_id, key, fingerprint, job_id, expires_at)
    SELECT tenant_id, key, fingerprint, id, now() + interval '24 hours'
    FROM (VALUES ${sql.join(values, sql`, `)}) AS requested (tenant_id, key, fingerprint, id) ORDER BY key
    ON CONFLICT (tenant_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, job_id = excluded.job_id, owner = NULL,
      owned_until = NULL, status = NULL, headers = NULL, body = NULL, created_at = now(), expires_at = excluded.expires_at
    WHERE existing.expires_at <= now()`);
}

/** A statement of its own, because only a new snapshot sees the rows that were committed while the others waited for locks. */
function insertStatement(newJobs: readonly NewJob[], maxPendingJobs: number): SQL {
  return sql`
    WITH requested (id, tenant_id, key_id, type, provider, model, models, call, response_request, response_settings, metadata,
      webhook_url, end_user, session_id, tags, retry_of, key, fingerprint) AS (
      VALUES ${sql.join(newJobs.map(toValues), sql`, `)}
    ), reused AS (
      SELECT FROM requested JOIN ${idempotencyKeys} AS existing USING (tenant_id, key)
      WHERE existing.fingerprint <> requested.fingerprint OR existing.job_id IS NULL
    ), fresh AS (
      SELECT * FROM requested WHERE NOT EXISTS (SELECT FROM reused) AND (key IS NULL OR EXISTS (
        SELECT FROM ${idempotencyKeys} AS existing
        WHERE existing.tenant_id = requested.tenant_id AND existing.key = requested.key AND existing.job_id = requested.id))
    ), pending AS (
      SELECT count(*) FROM (
        SELECT FROM ${jobs} WHERE tenant_id = ${newJobs[0]?.tenantId} AND status = 'PENDING' LIMIT ${maxPendingJobs}) AS counted
    ), excess AS (
      SELECT FROM pending WHERE EXISTS (SELECT FROM fresh)
        AND pending.count + (SELECT count(*) FROM fresh) > ${maxPendingJobs}::integer
    ), released AS (
      DELETE FROM ${idempotencyKeys} AS existing USING requested
      WHERE existing.tenant_id = requested.tenant_id AND existing.key = requested.key
        AND existing.job_id = requested.id AND (EXISTS (SELECT FROM reused) OR EXISTS (SELECT FROM excess))
    ), inserted AS (
      INSERT INTO ${jobs} (id, tenant_id, key_id, type, provider, model, models, call, response_request, response_settings, metadata,
        webhook_url, end_user, session_id, tags, retry_of, enqueued_at)
      SELECT id, tenant_id, key_id, type, provider, model, models, call, response_request, response_settings, metadata,
        CASE WHEN type = 'RESPONSE' THEN coalesce(webhook_url, (SELECT tenants.webhook_url FROM ${tenants} WHERE tenants.id = tenant_id))
          ELSE webhook_url END,
        end_user, session_id, tags, retry_of, now() FROM fresh
      WHERE NOT EXISTS (SELECT FROM excess)
      ON CONFLICT (retry_of) DO NOTHING
      RETURNING id
    )
    SELECT id FROM inserted UNION ALL SELECT NULL FROM excess`;
}

function toValues(job: NewJob): SQL {
  const { idempotency } = job;
  return sql`(${job.id}::text, ${job.tenantId}::text, ${job.keyId}::text, ${job.type}::text, ${job.provider}::text,
    ${job.model}::text, ${job.models ? sql`ARRAY(SELECT json_array_elements_text(${JSON.stringify(job.models)}::json))` : sql`NULL::text[]`},
    ${toJson(job.call)}::json, ${job.response?.request ?? null}::text, ${job.response?.settings ?? null}::text,
    ${toJson(job.metadata)}::json, ${job.webhookUrl ?? null}::text,
    ${job.endUser ?? null}::text, ${job.sessionId ?? null}::text, ${toJson(job.tags)}::jsonb,
    ${job.retryOf ?? null}::text, ${idempotency?.key ?? null}::text, ${idempotency?.fingerprint ?? null}::text)`;
}

function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
