import { and, inArray, sql } from 'drizzle-orm';
import type { WebhookEvent, WebhookFault, WebhookStatus } from '../../domain/webhook.ts';
import type { Database, Row } from '../client.ts';
import { webhookAttempts, webhookDeliveries } from '../schema/webhooks.ts';
import { holdsLease, inFuture, type Lease } from './leases.ts';

/** A claimed delivery: what its attempt needs. */
export interface ClaimedDelivery {
  readonly id: string;
  /** Null for an alert, which goes to the operator. */
  readonly tenantId: string | null;
  /** Null for `budget.reached` and for an alert, whose body is stored from the start. */
  readonly jobId: string | null;
  readonly event: WebhookEvent;
  readonly url: string;
  /** The body; null before the first attempt. */
  readonly payload: string | null;
  /** The number of this attempt since the delivery was created or resent, from 1. */
  readonly round: number;
}

/** A delivery that an attempt may claim. */
export type DueDelivery = Pick<ClaimedDelivery, 'id' | 'tenantId' | 'url'>;

const isDue = sql`status = 'PENDING' AND next_attempt_at <= now() AND (lease_expires_at IS NULL OR lease_expires_at < now())`;

/** Finds those of some deliveries that are due and have no lease. */
export async function findDueDeliveries(database: Database, ids: readonly string[]): Promise<DueDelivery[]> {
  return await database
    .select({ id: webhookDeliveries.id, tenantId: webhookDeliveries.tenantId, url: webhookDeliveries.url })
    .from(webhookDeliveries)
    .where(and(inArray(webhookDeliveries.id, [...ids]), isDue));
}

/** Delays deliveries that are due and have no lease. They count as enqueued: the queue holds their messages until then. */
export async function delayDeliveries(
  database: Database,
  delays: readonly { readonly id: string; readonly delayMs: number }[],
): Promise<void> {
  const values = delays.map(({ id, delayMs }) => sql`(${id}::text, ${delayMs}::double precision)`);
  await database.execute(sql`
    UPDATE ${webhookDeliveries} AS delivery SET next_attempt_at = now() + delay_ms * interval '1 millisecond',
      enqueued_at = now() + delay_ms * interval '1 millisecond'
    FROM (VALUES ${sql.join(values, sql`, `)}) AS delayed (delayed_id, delay_ms) WHERE id = delayed_id AND ${isDue}`);
}

/**
 * Claims a delivery that is due and has no lease, and starts an attempt, in one statement; returns undefined if it is not due
 * or is leased. Apart from `claimJob`, because a claimed delivery stays pending and its interrupted attempts are marked.
 */
export async function claimDelivery(
  database: Database,
  { id, token, leaseMs }: Lease & { readonly leaseMs: number },
): Promise<ClaimedDelivery | undefined> {
  const { rows } = await database.execute<Row<ClaimedDelivery>>(sql`
    WITH claimed AS (
      UPDATE ${webhookDeliveries} SET lease_token = ${token}, lease_expires_at = ${inFuture(leaseMs)},
        attempt_count = attempt_count + 1
      WHERE id = ${id} AND ${isDue}
      RETURNING *
    ), attempt AS (
      INSERT INTO ${webhookAttempts} (delivery_id, number, started_at) SELECT id, attempt_count, now() FROM claimed
    ), interrupted AS (
      UPDATE ${webhookAttempts} SET error = 'interrupted' FROM claimed
      WHERE delivery_id = claimed.id AND number < claimed.attempt_count AND duration_ms IS NULL
    )
    SELECT id, tenant_id AS "tenantId", job_id AS "jobId", event, url, payload, attempt_count - resent_after AS round
    FROM claimed`);
  return rows[0];
}

/**
 * Stores the body of a delivery before its first attempt. Returns the body to send, which is the one that was stored first;
 * undefined if the lease expired.
 */
export async function storePayload(database: Database, lease: Lease, payload: string): Promise<string | undefined> {
  const { rows } = await database.execute<{ payload: string }>(sql`
    UPDATE ${webhookDeliveries} SET payload = coalesce(payload, ${payload})
    WHERE ${holdsLease(lease, 'PENDING')} RETURNING payload`);
  return rows[0]?.payload;
}

/** How an attempt ended, and the new status of its delivery. */
export interface DeliveryAttemptEnd {
  readonly status: WebhookStatus;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly error: WebhookFault | null;
  /** Until the next attempt of a pending delivery. */
  readonly delayMs: number;
}

/**
 * Ends an attempt in one statement. If its receiver is gone, the tenant's other pending deliveries to the same URL fail too,
 * except those with an attempt under way. Returns false if the lease expired: then nothing is written.
 */
export async function endDeliveryAttempt(
  database: Database,
  lease: Lease,
  { status, durationMs, statusCode, error, delayMs }: DeliveryAttemptEnd,
): Promise<boolean> {
  const next = status === 'PENDING' ? inFuture(delayMs) : sql`next_attempt_at`;
  const { rows } = await database.execute(sql`
    WITH leased AS (
      SELECT id, tenant_id, url, attempt_count FROM ${webhookDeliveries}
      WHERE ${holdsLease(lease, 'PENDING')} FOR UPDATE
    ), delivery AS (
      UPDATE ${webhookDeliveries} AS delivery SET status = ${status}, error = ${status === 'FAILED' ? error : null},
        next_attempt_at = ${next}, enqueued_at = ${next}, lease_token = NULL, lease_expires_at = NULL,
        finished_at = CASE WHEN ${status} <> 'PENDING' THEN now() END
      FROM leased WHERE delivery.id = leased.id
    ), attempt AS (
      UPDATE ${webhookAttempts} SET duration_ms = ${durationMs}, status_code = ${statusCode}, error = ${error}
      FROM leased WHERE delivery_id = leased.id AND number = leased.attempt_count
    ), others AS (
      UPDATE ${webhookDeliveries} SET status = 'FAILED', error = ${error}, finished_at = now(), lease_token = NULL,
        lease_expires_at = NULL
      WHERE id IN (
        SELECT other.id FROM leased JOIN ${webhookDeliveries} AS other
          ON other.tenant_id = leased.tenant_id AND other.url = leased.url AND other.id <> leased.id
        WHERE ${error === 'gone'}::boolean AND other.status = 'PENDING'
          AND (other.lease_expires_at IS NULL OR other.lease_expires_at < now())
        FOR UPDATE OF other SKIP LOCKED
      )
    )
    SELECT id FROM leased`);
  return rows.length > 0;
}
