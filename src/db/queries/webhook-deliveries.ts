import { and, asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { WebhookAttempt, WebhookDelivery } from '../../domain/webhook.ts';
import type { Database } from '../client.ts';
import { webhookAttempts, webhookDeliveries } from '../schema/webhooks.ts';

const { payload, leaseToken, leaseExpiresAt, enqueuedAt, resentAfter, nextAttemptAt, ...plain } =
  getTableColumns(webhookDeliveries);
const visible = {
  ...plain,
  nextAttemptAt: sql`CASE WHEN status = 'PENDING' THEN next_attempt_at END`.mapWith(nextAttemptAt),
};

/** A tenant's delivery; undefined for an unknown id and for another tenant's. */
export async function findDelivery(
  database: Database,
  tenantId: string,
  id: string,
): Promise<WebhookDelivery | undefined> {
  const [row] = await database
    .select(visible)
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.tenantId, tenantId)));
  return row as WebhookDelivery | undefined;
}

/** The deliveries of jobs by the jobs' ids, the oldest first. A job that has none is not in it. */
export async function findDeliveriesOfJobs(
  database: Database,
  jobIds: readonly string[],
): Promise<Map<string, WebhookDelivery[]>> {
  const rows = await database
    .select(visible)
    .from(webhookDeliveries)
    .where(inArray(webhookDeliveries.jobId, [...jobIds]))
    .orderBy(asc(webhookDeliveries.createdAt));
  return Map.groupBy(rows as (WebhookDelivery & { jobId: string })[], ({ jobId }) => jobId);
}

/** The attempts at deliveries by the deliveries' ids, in their order. A delivery that has none is not in it. */
export async function findWebhookAttempts(
  database: Database,
  deliveryIds: readonly string[],
): Promise<Map<string, WebhookAttempt[]>> {
  const rows = await database
    .select()
    .from(webhookAttempts)
    .where(inArray(webhookAttempts.deliveryId, [...deliveryIds]))
    .orderBy(asc(webhookAttempts.number));
  const attempts = new Map<string, WebhookAttempt[]>();
  for (const { deliveryId, ...attempt } of rows as (WebhookAttempt & { deliveryId: string })[]) {
    attempts.set(deliveryId, [...(attempts.get(deliveryId) ?? []), attempt]);
  }
  return attempts;
}

/**
 * Makes a tenant's delivery due at once, as one that counts as enqueued: whoever fails to put it on the queue takes that
 * back. One that had come to its end begins its schedule anew. Undefined for an unknown id and for another tenant's.
 */
export async function resendDelivery(
  database: Database,
  tenantId: string,
  id: string,
): Promise<WebhookDelivery | undefined> {
  const [row] = await database
    .update(webhookDeliveries)
    .set({
      status: 'PENDING',
      error: null,
      finishedAt: null,
      nextAttemptAt: sql`now()`,
      enqueuedAt: sql`now()`,
      resentAfter: sql`CASE WHEN status = 'PENDING' THEN resent_after ELSE attempt_count END`,
    })
    .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.tenantId, tenantId)))
    .returning(visible);
  return row as WebhookDelivery | undefined;
}
