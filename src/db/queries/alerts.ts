import { desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Alert } from '../../domain/alert.ts';
import {
  accountFailureCodes,
  alertRules,
  gatewayFailureCodes,
  providerFailureCodes,
} from '../../domain/alert-rules.ts';
import { cachePriceVersion } from '../../domain/ledger.ts';
import type { Database } from '../client.ts';
import { alerts } from '../schema/alerts.ts';
import { jobs } from '../schema/jobs.ts';
import { providerKeys } from '../schema/provider-keys.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { webhookDeliveries } from '../schema/webhooks.ts';

const maxSamples = 5;

interface UpdateOptions {
  readonly nowMs: number;
  /** The operator's webhook. */
  readonly url: string;
  /** The longest time that an attempt takes. */
  readonly maxAttemptMs: number;
}

/**
 * Opens and ends alerts by the attempts of the last minutes, and inserts a delivery for each change, in one statement: of several
 * concurrent runs one makes a change. The deliveries count as enqueued: the caller has to mark those that the queue does not take.
 * Returns their ids.
 */
export async function updateAlerts(database: Database, options: UpdateOptions): Promise<string[]> {
  const { nowMs, url } = options;
  const { minAttempts, openShare, minRecoveryAttempts, closeShare, minReopenMs } = alertRules;
  const now = toTimestamp(nowMs);
  const { rows } = await database.execute<{ id: string }>(sql`
    WITH ${measuredCtes(options)}, candidates AS (
      SELECT name, subject, coalesce(attempts, 0) AS attempts, coalesce(failed, 0) AS failed, coalesce(dead_letters, 0) AS dead_letters,
        coalesce(error_codes, '{}') AS error_codes, coalesce(sample_request_ids, '{}') AS sample_request_ids,
        coalesce(active, false) AS was_active, CASE
          WHEN attempts >= ${minAttempts}::bigint AND failed >= attempts * ${openShare}::numeric THEN true
          WHEN attempts >= ${minRecoveryAttempts}::bigint AND failed < attempts * ${closeShare}::numeric THEN false
          WHEN has_failures IS NOT true THEN false
        END AS is_active
      FROM measured FULL JOIN (SELECT name, subject, active FROM ${alerts} WHERE active) AS state USING (name, subject)
    ), changes AS (
      INSERT INTO ${alerts} AS alert
        (name, subject, active, since, opened_at, attempts, failed, error_codes, sample_request_ids, delivery_id)
      SELECT name, subject, is_active, ${now}, ${now}, attempts, failed, error_codes, sample_request_ids,
        'whd_' || replace(gen_random_uuid()::text, '-', '')
      FROM candidates WHERE is_active <> was_active ORDER BY name, subject
      ON CONFLICT (name, subject) DO UPDATE SET active = excluded.active, since = excluded.since,
        opened_at = CASE WHEN excluded.active THEN excluded.opened_at ELSE alert.opened_at END, attempts = excluded.attempts,
        failed = excluded.failed, error_codes = excluded.error_codes, sample_request_ids = excluded.sample_request_ids,
        delivery_id = excluded.delivery_id
      WHERE alert.active <> excluded.active AND (NOT excluded.active
        OR alert.opened_at NOT BETWEEN ${toTimestamp(nowMs - minReopenMs)} AND ${toTimestamp(nowMs + minReopenMs)})
      RETURNING alert.*
    ), events AS (
      SELECT changes.*, dead_letters,
        CASE WHEN changes.active THEN name ELSE split_part(name, '.', 1) || '.recovered' END AS event
      FROM changes JOIN candidates USING (name, subject)
    )
    INSERT INTO ${webhookDeliveries} (id, event, url, enqueued_at, payload)
    SELECT delivery_id, event, ${url}, now(), ${createPayload(nowMs)} FROM events RETURNING id`);
  return rows.map(({ id }) => id);
}

/** The body of an event's delivery. */
function createPayload(nowMs: number): SQL {
  const counts =
    sql.raw(`'failed', failed, 'attempts', attempts, 'share', round(failed::numeric / nullif(attempts, 0), 4),
      'since', to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'errorCodes', to_json(error_codes),
      'sampleRequestIds', to_json(sample_request_ids)`);
  return sql`json_build_object('type', event, 'timestamp', ${new Date(nowMs).toISOString()}::text, 'id', delivery_id,
      'data', CASE name WHEN 'jobs.failing' THEN json_build_object(${counts}, 'deadLetters', dead_letters)
        ELSE json_build_object('provider', subject, ${counts}) END)::text`;
}

/**
 * The CTE `measured`: for each provider with recent attempts, and for the jobs, how many attempts have ended and failed.
 *
 * An attempt counts when it ends, so that a provider that hangs is found by its time-outs; the ledger is indexed by the start of the
 * request. Disconnected clients say nothing of the provider, and replies from the cache are not attempts.
 */
function measuredCtes({ nowMs, maxAttemptMs }: UpdateOptions): SQL {
  const { windowMs, quietMs, maxClockSkewMs, minByokTenants, byokTenantShare } = alertRules;
  const windowStart = toTimestamp(nowMs - windowMs);
  const quietStart = toTimestamp(nowMs - quietMs);
  const end = toTimestamp(nowMs + maxClockSkewMs);
  const scanStartMs = Math.min(nowMs - windowMs - Math.min(maxAttemptMs, alertRules.maxAttemptMs), nowMs - quietMs);
  const endedAt = sql`created_at + total_ms * interval '1 millisecond'`;
  // Most rows need only the first comparison.
  const isCurrent = sql`(created_at > ${windowStart} OR ${endedAt} > ${windowStart})`;
  const isCurrentFailure = sql`error_code IS NOT NULL AND ${isCurrent}`;
  const ownKeys = sql`(SELECT tenant_id, provider, true AS is_byok FROM ${providerKeys}) AS own_keys`;
  return sql`grouped AS (
      SELECT tenant_id, provider, source, error_code, count(*) FILTER (WHERE ${isCurrent}) AS attempts,
        bool_or(error_code IS NOT NULL AND ${endedAt} > ${quietStart}) AS has_recent_error,
        min(request_id COLLATE "C") FILTER (WHERE ${isCurrentFailure}) AS first_id,
        max(request_id COLLATE "C") FILTER (WHERE ${isCurrentFailure}) AS last_id
      FROM ${usageLedger}
      WHERE created_at > ${toTimestamp(scanStartMs)} AND created_at < ${end}
        AND (error_code IS NOT NULL OR ${isCurrent})
        AND status <> 'client_gone' AND source <> 'adjustment' AND price_version IS DISTINCT FROM ${cachePriceVersion}
      GROUP BY 1, 2, 3, 4
    ), recent AS (
      SELECT grouped.*, CASE WHEN is_byok THEN tenant_id END AS byok_tenant_id
      FROM grouped LEFT JOIN ${ownKeys} USING (tenant_id, provider)
    ), byok AS (
      SELECT provider, count(DISTINCT byok_tenant_id) AS tenants,
        count(DISTINCT byok_tenant_id) FILTER (WHERE error_code IN ${accountFailureCodes}) AS failing_tenants
      FROM recent WHERE byok_tenant_id IS NOT NULL AND attempts > 0 GROUP BY provider
    ), counted AS (
      SELECT recent.*, has_recent_error AND coalesce(error_code IN ${providerFailureCodes}, false) AS is_failure
      FROM recent LEFT JOIN byok USING (provider)
      WHERE byok_tenant_id IS NULL OR error_code IS NULL OR error_code NOT IN ${accountFailureCodes}
        OR (failing_tenants >= ${minByokTenants}::bigint AND failing_tenants >= tenants * ${byokTenantShare}::numeric)
    ), dead_letters AS (
      SELECT error_code, error_code IN ${gatewayFailureCodes} AS is_extra,
        count(*) FILTER (WHERE finished_at > ${windowStart}) AS jobs
      FROM ${jobs} LEFT JOIN ${ownKeys} USING (tenant_id, provider)
      WHERE purged_at IS NULL AND finished_at > ${quietStart} AND finished_at < ${end} AND status = 'FAILED'
        AND error_code IN ${[...providerFailureCodes, ...gatewayFailureCodes]}
        AND (is_byok IS NULL OR error_code NOT IN ${accountFailureCodes})
      GROUP BY error_code
    ), measures AS (
      SELECT 'provider.degraded' AS name, provider AS subject, attempts, is_failure, 0 AS dead_letters, error_code, first_id, last_id
      FROM counted
      UNION ALL
      SELECT 'jobs.failing', 'jobs', attempts, is_failure, 0, error_code, first_id, last_id FROM counted WHERE source = 'job'
      UNION ALL
      SELECT 'jobs.failing', 'jobs', CASE WHEN is_extra THEN jobs ELSE 0 END, true, jobs, error_code, NULL, NULL FROM dead_letters
    ), measured AS (
      SELECT name, subject, sum(attempts) AS attempts, coalesce(sum(attempts) FILTER (WHERE is_failure), 0) AS failed,
        bool_or(is_failure) AS has_failures, sum(dead_letters) AS dead_letters,
        array_agg(DISTINCT error_code) FILTER (WHERE is_failure AND attempts > 0) AS error_codes,
        ARRAY(SELECT DISTINCT id FROM unnest(array_agg(first_id) FILTER (WHERE is_failure) ||
          array_agg(last_id) FILTER (WHERE is_failure)) AS ids (id) WHERE id IS NOT NULL ORDER BY id DESC
          LIMIT ${maxSamples}::bigint) AS sample_request_ids
      FROM measures GROUP BY name, subject
    )`;
}

function toTimestamp(ms: number): SQL {
  return sql`${new Date(ms).toISOString()}::timestamptz`;
}

/** Lists the alerts that have been sent at least once: the active ones first, then those that ended last. */
export async function listAlerts(database: Database, limit: number): Promise<Alert[]> {
  const { deliveryId, openedAt, ...columns } = getTableColumns(alerts);
  const { id, status, error, attemptCount } = getTableColumns(webhookDeliveries);
  return await database
    .select({ ...columns, delivery: { id, status, error, attemptCount } })
    .from(alerts)
    .leftJoin(webhookDeliveries, eq(id, deliveryId))
    .orderBy(desc(alerts.active), desc(alerts.since), alerts.name, alerts.subject)
    .limit(limit);
}
