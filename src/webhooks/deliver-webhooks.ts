import { delayDeliveries, findDueDeliveries } from '../db/queries/webhook-leases.ts';
import { errorName } from '../lib/logger.ts';
import type { MessageOutcome } from '../outbox/message-outcome.ts';
import { deliverWebhook } from './deliver-webhook.ts';
import type { Receiver, ReceiverLoad, ReceiverOutcome } from './receiver-load.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { webhookOutbox } from './webhook-outbox.ts';

/** An invocation of a Worker may wait for six responses at once. The sixth is left for the statements of the batch. */
const maxConcurrency = 5;
const failureDelayMs = 5_000;
/** Stands for the tenant of alerts: their receiver is counted apart from those of tenants. */
const operatorId = 'operator';

interface DeliverOptions {
  readonly load: ReceiverLoad;
  /** Keeps attempts alive that outlast their batch. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Outcomes by the id of the delivery. */
type Outcomes = Map<string, MessageOutcome>;

/**
 * Attempts deliveries, and returns what is to become of their messages. A batch does not end with its slowest receiver: an
 * attempt that takes long, or may, goes on behind it: its message is acknowledged, and a new one is sent if it fails. The tenant and then
 * the host with the fewest attempts under way come first. A delivery whose tenant or host has too many slow ones is delayed,
 * and one for which no connection is left goes back to the queue. Rejects if the database fails.
 */
export async function deliverWebhooks(
  dependencies: WebhookDependencies,
  ids: readonly string[],
  { load, waitUntil }: DeliverOptions,
): Promise<ReadonlyMap<string, MessageOutcome>> {
  const due = await findDueDeliveries(dependencies.database, ids);
  const outcomes: Outcomes = new Map(ids.map((id) => [id, { action: 'ack' }]));
  let waiting = due.map(
    ({ id, tenantId, url }): WaitingDelivery => ({ id, tenantId: tenantId ?? operatorId, host: hostOf(url) }),
  );
  const delayed: { readonly id: string; readonly delayMs: number }[] = [];
  /** Attempts that are not slow yet. */
  const quick = new Set<Promise<void>>();
  let openCount = 0;
  while (waiting.length > 0) {
    const [startable, full] = partition(waiting, (delivery) => load.canStart(delivery));
    for (const delivery of full) delayed.push({ id: delivery.id, delayMs: load.takeDelayMs(delivery) });
    waiting = startable;
    const next = openCount < maxConcurrency ? findLeastLoaded(waiting, load) : undefined;
    if (next) {
      waiting = waiting.filter(({ id }) => id !== next.id);
      openCount += 1;
      const { untilSlow, ended } = attempt(dependencies, next.id, { attempt: load.start(next), outcomes });
      waitUntil(ended.finally(() => (openCount -= 1)));
      quick.add(untilSlow);
      void untilSlow.then(() => quick.delete(untilSlow));
    } else if (quick.size > 0) await Promise.race(quick);
    else break;
  }
  if (delayed.length > 0) await delayDeliveries(dependencies.database, delayed);
  await Promise.all(quick);
  for (const { id } of waiting) outcomes.set(id, { action: 'retry', delayMs: 0 });
  for (const { id, delayMs } of delayed) outcomes.set(id, { action: 'retry', delayMs });
  return outcomes;
}

interface AttemptOptions {
  readonly attempt: ReturnType<ReceiverLoad['start']>;
  readonly outcomes: Outcomes;
}

/** Starts an attempt. Neither promise rejects; the first one resolves once the attempt is slow, or has ended. */
function attempt(
  dependencies: WebhookDependencies,
  id: string,
  { attempt, outcomes }: AttemptOptions,
): { readonly untilSlow: Promise<void>; readonly ended: Promise<void> } {
  const slow = Promise.withResolvers<void>();
  let isSlow = false;
  let receiverOutcome: ReceiverOutcome = 'unknown';
  const goOnBehindBatch = () => {
    isSlow = true;
    attempt.markSlow();
    slow.resolve();
  };
  const { timeoutMs, slowAfterMs } = attempt;
  if (slowAfterMs === 0) goOnBehindBatch();
  const deliver = async () => {
    const outcome = await deliverWebhook(dependencies, id, {
      timeoutMs,
      ...(slowAfterMs > 0 && { onSlow: { afterMs: slowAfterMs, call: goOnBehindBatch } }),
      onPosted: ({ error }) => {
        receiverOutcome = error === 'timeout' ? 'timeout' : 'answered';
      },
    }).catch((error: unknown): MessageOutcome => {
      // The delivery is unchanged, or its lease expires: in both cases a later message finds it.
      dependencies.logger.error('a webhook could not be tried', { deliveryId: id, cause: errorName(error) });
      return { action: 'retry', delayMs: failureDelayMs };
    });
    attempt.end(receiverOutcome);
    if (!isSlow) outcomes.set(id, outcome);
    else if (outcome.action === 'retry') await enqueueLater(dependencies, id, outcome.delayMs);
  };
  const ended = deliver();
  return { untilSlow: Promise.race([ended, slow.promise]), ended };
}

/** Its message has been acknowledged. If the queue refuses a new one, a sweep sends it when the delivery is due. */
async function enqueueLater(dependencies: WebhookDependencies, id: string, delayMs: number): Promise<void> {
  const delaySeconds = Math.ceil(delayMs / 1000);
  const enqueue: WebhookDependencies['enqueue'] = (messages) => dependencies.enqueue(messages, { delaySeconds });
  await webhookOutbox.enqueue({ ...dependencies, enqueue }, [id]);
}

type WaitingDelivery = Receiver & { readonly id: string };

function findLeastLoaded(waiting: readonly WaitingDelivery[], load: ReceiverLoad): WaitingDelivery | undefined {
  const counted = waiting.map((delivery) => ({ delivery, count: load.countAttempts(delivery) }));
  const [first] = counted.toSorted(
    (left, right) => left.count.tenant - right.count.tenant || left.count.host - right.count.host,
  );
  return first?.delivery;
}

/** A URL that cannot be parsed is refused by the attempt. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? '';
}

function partition<T>(values: readonly T[], belongsFirst: (value: T) => boolean): [T[], T[]] {
  const first = values.filter(belongsFirst);
  return [first, values.filter((value) => !first.includes(value))];
}
