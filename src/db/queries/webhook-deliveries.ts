import { and, asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { WebhookAttempt, WebhookDelivery } from '../../domain/webhook.ts';
import type { Database } from '../client.ts';
import { webhookAttempts, webhookDeliveries } from '../schema/webhooks.ts';

const { payload, leaseToken, leaseExpiresAt, enqueuedAt, resentAfter, nextAttemptAt, ...plainColumns } =
  getTableColumns(webhookDeliveries);
/** The columns of `WebhookDelivery`. */
const deliveryColumns = {
  ...plainColumns,
  nextAttemptAt: sql<Date | null>`CASE WHEN status = 'PENDING' THEN next_attempt_at END`.mapWith(nextAttemptAt),
};

/** Finds a tenant's delivery; undefined for an unknown id and for the id of another tenant's delivery. */
export async function findDelivery(
  database: Database,
  tenantId: string,
  id: string,
): Promise<WebhookDelivery | undefined> {
  const [row] = await findDeliveries(database, tenantId, [id]);
  return row;
}

/** Finds a tenant's deliveries by their ids, in any order. */
export async function findDeliveries(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<WebhookDelivery[]> {
  return await database
    .select(deliveryColumns)
    .from(webhookDeliveries)
    .where(and(inArray(webhookDeliveries.id, [...ids]), eq(webhookDeliveries.tenantId, tenantId)));
}

/** Finds the deliveries of jobs by the ids of the jobs, the oldest first. A job without deliveries is not in the map. */
export async function findDeliveriesOfJobs(
  database: Database,
  jobIds: readonly string[],
): Promise<Map<string, WebhookDelivery[]>> {
  const rows = await database
    .select(deliveryColumns)
    .from(webhookDeliveries)
    .where(inArray(webhookDeliveries.jobId, [...jobIds]))
    .orderBy(asc(webhookDeliveries.createdAt));
  return Map.groupBy(rows, ({ jobId }) => jobId ?? '');
}

/** Finds the attempts of deliveries by the ids of the deliveries, in order. A delivery without attempts is not in the map. */
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
  for (const { deliveryId, ...attempt } of rows) {
    attempts.set(deliveryId, [...(attempts.get(deliveryId) ?? []), attempt]);
  }
  return attempts;
}

/**
 * Makes a tenant's delivery due now. It counts as enqueued: the caller has to mark it if the queue does not take it. A
 * delivery that had ended restarts its retry schedule. Returns undefined for an unknown id and for another tenant's delivery.
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
    .returning(deliveryColumns);
  return row;
}
