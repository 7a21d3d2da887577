import { findJob } from '../db/queries/jobs.ts';
import type { Lease } from '../db/queries/leases.ts';
import {
  type ClaimedDelivery,
  claimDelivery,
  type DeliveryAttemptEnd,
  endDeliveryAttempt,
  storePayload,
} from '../db/queries/webhook-leases.ts';
import { newId } from '../domain/ids.ts';
import { findWebhookUrlProblem } from '../lib/webhook-url.ts';
import { type PostOutcome, postWebhook } from './post-webhook.ts';
import { signingSecrets, signWebhook } from './sign-webhook.ts';
import { webhookRetryDelayMs } from './webhook-backoff.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { webhookPayload } from './webhook-payload.ts';

/** Longer than an attempt can take with all that it reads and writes. */
const leaseMs = 30_000;
const timeoutMs = 10_000;

/** What the queue has to do with the message: nothing more, or bring it again. */
export type DeliverOutcome = { readonly again: false } | { readonly again: true; readonly delayMs: number };

/**
 * Claims a delivery and tries it once. However often its message comes, one request is made while the claim lives. Rejects
 * where the database fails: the lease then runs out, and the sweep takes the delivery up again.
 */
export async function deliverWebhook(dependencies: WebhookDependencies, id: string): Promise<DeliverOutcome> {
  const { database, logger, now } = dependencies;
  const lease = { id, token: newId('lease') };
  const delivery = await claimDelivery(database, { ...lease, leaseMs });
  if (!delivery) return { again: false };
  const startedAtMs = now();
  const outcome = await attempt(dependencies, delivery, lease);
  if (!outcome) return { again: false };
  const end = endOf(outcome, delivery, now() - startedAtMs);
  const written = await endDeliveryAttempt(database, lease, end);
  const { status, statusCode, error, delayMs } = end;
  logger.info('webhook', { deliveryId: id, status: written ? status : 'lease lost', statusCode, error });
  return written && status === 'PENDING' ? { again: true, delayMs } : { again: false };
}

/** Undefined where the claim, or the job with all that belongs to it, is gone. */
async function attempt(
  { database, fetch, now, local }: WebhookDependencies,
  { id, tenantId, jobId, event, url, payload, round }: ClaimedDelivery,
  lease: Lease,
): Promise<PostOutcome | undefined> {
  // Every attempt of the schedule has died with its worker.
  if (round > 1 && webhookRetryDelayMs(round - 1) === undefined) return { statusCode: null, error: 'interrupted' };
  if (findWebhookUrlProblem(url, { local }) !== undefined) return { statusCode: null, error: 'url_not_allowed' };
  let body = payload ?? undefined;
  if (body === undefined && jobId !== null) {
    const job = await findJob(database, tenantId, jobId);
    body = job && (await storePayload(database, lease, webhookPayload(job, { id, event })));
  }
  if (body === undefined) return undefined;
  const headers = signWebhook({ id, body, sentAtMs: now() }, await signingSecrets(database, tenantId));
  return await postWebhook(fetch, { url, headers, body, timeoutMs });
}

const final: readonly (string | null)[] = ['gone', 'url_not_allowed', 'interrupted'];

function endOf(outcome: PostOutcome, { round }: ClaimedDelivery, durationMs: number): DeliveryAttemptEnd {
  const { statusCode, error, retryAfterSeconds } = outcome;
  const result = { statusCode, error, durationMs };
  if (error === null) return { ...result, status: 'DELIVERED', delayMs: 0 };
  const delayMs = final.includes(error) ? undefined : webhookRetryDelayMs(round, retryAfterSeconds);
  return delayMs === undefined
    ? { ...result, status: 'FAILED', delayMs: 0 }
    : { ...result, status: 'PENDING', delayMs };
}
