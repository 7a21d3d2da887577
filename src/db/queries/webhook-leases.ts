import { sql } from 'drizzle-orm';
import type { WebhookFault, WebhookStatus } from '../../domain/webhook.ts';
import type { Database } from '../client.ts';
import { webhookAttempts, webhookDeliveries } from '../schema/webhooks.ts';

/** A claim on a delivery. */
export interface DeliveryLease {
  readonly id: string;
  readonly token: string;
}

/** A delivery that was claimed: what its attempt needs. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly tenantId: string;
  /** Null where it tells of a budget: its body stands from the beginning. */
  readonly jobId: string | null;
  readonly event: string;
  readonly url: string;
  /** The body; null before the first attempt. */
  readonly payload: string | null;
  /** This attempt's number since the delivery was made or sent again, from 1. */
  readonly round: number;
}

const inFuture = (ms: number) => sql`now() + ${ms} * interval '1 millisecond'`;

/**
 * Claims a delivery that is due and that nobody holds, and begins an attempt, in one statement; undefined where it is not
 * due or is held. The claim's token is asked for by every later write.
 */
export async function claimDelivery(
  database: Database,
  { id, token, leaseMs }: DeliveryLease & { readonly leaseMs: number },
): Promise<ClaimedDelivery | undefined> {
  const { rows } = await database.execute(sql`
    WITH claimed AS (
      UPDATE ${webhookDeliveries} SET lease_token = ${token}, lease_expires_at = ${inFuture(leaseMs)},
        attempt_count = attempt_count + 1
      WHERE id = ${id} AND status = 'PENDING' AND next_attempt_at <= now()
        AND (lease_expires_at IS NULL OR lease_expires_at < now())
      RETURNING *
    ), attempt AS (
      INSERT INTO ${webhookAttempts} (delivery_id, number, started_at) SELECT id, attempt_count, now() FROM claimed
    ), cut_off AS (
      UPDATE ${webhookAttempts} SET error = 'interrupted' FROM claimed
      WHERE delivery_id = claimed.id AND number < claimed.attempt_count AND duration_ms IS NULL
    )
    SELECT id, tenant_id AS "tenantId", job_id AS "jobId", event, url, payload, attempt_count - resent_after AS round
    FROM claimed`);
  return rows[0] as ClaimedDelivery | undefined;
}

/**
 * Keeps the body of a delivery before it is sent for the first time. Gives the body to send, which is the one that was kept
 * first; undefined where the lease has run out.
 */
export async function keepPayload(
  database: Database,
  { id, token }: DeliveryLease,
  payload: string,
): Promise<string | undefined> {
  const { rows } = await database.execute(sql`
    UPDATE ${webhookDeliveries} SET payload = coalesce(payload, ${payload})
    WHERE id = ${id} AND lease_token = ${token} AND status = 'PENDING' AND lease_expires_at > now() RETURNING payload`);
  return rows[0] ? String(rows[0].payload) : undefined;
}

/** How an attempt ended, and what becomes of its delivery. */
export interface DeliveryAttemptEnd {
  readonly status: WebhookStatus;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly error: WebhookFault | null;
  /** Until the next attempt, where there is one. */
  readonly delayMs: number;
}

/**
 * Ends an attempt in one statement. Where its receiver is gone, whatever else the tenant has waiting for the same URL fails
 * with it; what is being tried at the moment comes to its own end. False where the lease has run out: then nothing is
 * written.
 */
export async function endDeliveryAttempt(
  database: Database,
  { id, token }: DeliveryLease,
  { status, durationMs, statusCode, error, delayMs }: DeliveryAttemptEnd,
): Promise<boolean> {
  const next = status === 'PENDING' ? inFuture(delayMs) : sql`next_attempt_at`;
  const { rows } = await database.execute(sql`
    WITH mine AS (
      SELECT id, tenant_id, url, attempt_count FROM ${webhookDeliveries}
      WHERE id = ${id} AND lease_token = ${token} AND status = 'PENDING' AND lease_expires_at > now() FOR UPDATE
    ), delivery AS (
      UPDATE ${webhookDeliveries} AS delivery SET status = ${status}, error = ${status === 'FAILED' ? error : null},
        next_attempt_at = ${next}, enqueued_at = ${next}, lease_token = NULL, lease_expires_at = NULL,
        finished_at = CASE WHEN ${status} <> 'PENDING' THEN now() END
      FROM mine WHERE delivery.id = mine.id
    ), attempt AS (
      UPDATE ${webhookAttempts} SET duration_ms = ${durationMs}, status_code = ${statusCode}, error = ${error}
      FROM mine WHERE delivery_id = mine.id AND number = mine.attempt_count
    ), others AS (
      UPDATE ${webhookDeliveries} SET status = 'FAILED', error = ${error}, finished_at = now(), lease_token = NULL,
        lease_expires_at = NULL
      WHERE id IN (
        SELECT other.id FROM mine JOIN ${webhookDeliveries} AS other
          ON other.tenant_id = mine.tenant_id AND other.url = mine.url AND other.id <> mine.id
        WHERE ${error === 'gone'}::boolean AND other.status = 'PENDING'
          AND (other.lease_expires_at IS NULL OR other.lease_expires_at < now())
        FOR UPDATE OF other SKIP LOCKED
      )
    )
    SELECT id FROM mine`);
  return rows.length > 0;
}
