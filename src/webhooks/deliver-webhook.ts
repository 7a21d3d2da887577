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
import { withLagTolerantTimeout } from '../lib/with-lag-tolerant-timeout.ts';
import type { MessageOutcome } from '../outbox/message-outcome.ts';
import { type PostOutcome, postWebhook } from './post-webhook.ts';
import { ensureSigningSecrets, signWebhook } from './sign-webhook.ts';
import { webhookRetryDelayMs } from './webhook-backoff.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { buildWebhookPayload } from './webhook-payload.ts';

/** Longer than an attempt can take, including its statements: a delivery's lease needs no heartbeat. */
const leaseMs = 30_000;
const maxTimeoutMs = 10_000;
interface DeliverOptions {
  /** How long the receiver may take. */
  readonly timeoutMs?: number;
  /** `call` is called when the receiver has taken so many milliseconds. */
  readonly onSlow?: { readonly afterMs: number; readonly call: () => void };
  /** Called when the receiver has answered, or has not. */
  readonly onPosted?: (outcome: PostOutcome) => void;
}

/**
 * Claims a delivery and attempts it once. However often its message comes, one request is sent while the lease lives. Rejects
 * if the database fails: then the lease expires, and a sweep enqueues the delivery again.
 */
export async function deliverWebhook(
  dependencies: WebhookDependencies,
  id: string,
  options: DeliverOptions = {},
): Promise<MessageOutcome> {
  const { database, logger, now } = dependencies;
  const lease = { id, token: newId('lease') };
  const delivery = await claimDelivery(database, { ...lease, leaseMs });
  if (!delivery) return { action: 'ack' };
  const startedAtMs = now();
  const outcome = await attempt(dependencies, delivery, lease, options);
  if (!outcome) return { action: 'ack' };
  const end = endOf(outcome, delivery, now() - startedAtMs);
  const written = await endDeliveryAttempt(database, lease, end);
  const { status, statusCode, error, delayMs } = end;
  logger.info('webhook', { deliveryId: id, status: written ? status : 'lease lost', statusCode, error });
  return written && status === 'PENDING' ? { action: 'retry', delayMs } : { action: 'ack' };
}

/** Returns undefined if the lease is lost or the job has been deleted. */
async function attempt(
  dependencies: WebhookDependencies,
  delivery: ClaimedDelivery,
  lease: Lease,
  { timeoutMs = maxTimeoutMs, onSlow, onPosted }: DeliverOptions,
): Promise<PostOutcome | undefined> {
  const { fetch, now, local } = dependencies;
  const { id, round } = delivery;
  // The schedule is used up, and the worker of its last attempt died.
  if (round > 1 && webhookRetryDelayMs(round - 1) === undefined) return { statusCode: null, error: 'interrupted' };
  const url = findUrl(delivery, dependencies);
  if (url === undefined || findWebhookUrlProblem(url, { local }) !== undefined) {
    return { statusCode: null, error: 'url_not_allowed' };
  }
  const body = await findBody(dependencies, delivery, lease);
  if (body === undefined) return undefined;
  const headers = signWebhook({ id, body, sentAtMs: now() }, await findSecrets(dependencies, delivery));
  const post = postWebhook(fetch, { url, headers, body, timeoutMs });
  if (onSlow) withLagTolerantTimeout({ timeoutMs: onSlow.afterMs }, post).catch(onSlow.call);
  const outcome = await post;
  onPosted?.(outcome);
  return outcome;
}

/** An alert goes to the operator's webhook as it is now: a corrected address holds for those that wait, too. */
function findUrl({ tenantId, url }: ClaimedDelivery, { operatorWebhook }: WebhookDependencies): string | undefined {
  return tenantId === null ? operatorWebhook?.url : url;
}

async function findSecrets(
  { database, operatorWebhook }: WebhookDependencies,
  { tenantId }: ClaimedDelivery,
): Promise<readonly string[]> {
  if (tenantId !== null) return await ensureSigningSecrets(database, tenantId);
  return operatorWebhook ? [operatorWebhook.secret] : [];
}

async function findBody(
  { database }: WebhookDependencies,
  { id, tenantId, jobId, event, payload }: ClaimedDelivery,
  lease: Lease,
): Promise<string | undefined> {
  if (payload !== null || jobId === null || tenantId === null) return payload ?? undefined;
  const job = await findJob(database, tenantId, jobId);
  return job && (await storePayload(database, lease, buildWebhookPayload(job, { id, event })));
}

const finalFaults: readonly (string | null)[] = ['gone', 'url_not_allowed', 'interrupted'];

function endOf(outcome: PostOutcome, { round }: ClaimedDelivery, durationMs: number): DeliveryAttemptEnd {
  const { statusCode, error, retryAfterSeconds } = outcome;
  const result = { statusCode, error, durationMs };
  if (error === null) return { ...result, status: 'DELIVERED', delayMs: 0 };
  const delayMs = finalFaults.includes(error) ? undefined : webhookRetryDelayMs(round, retryAfterSeconds);
  return delayMs === undefined
    ? { ...result, status: 'FAILED', delayMs: 0 }
    : { ...result, status: 'PENDING', delayMs };
}
