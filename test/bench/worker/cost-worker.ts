/**
 * The product with a count of its invocations and its queue operations, as Cloudflare bills them. `GET /_cost` returns the counts.
 * `POST /_cost` runs cron once and is counted as that.
 */
import product from '../../../src/index.ts';

type QueueName = 'JOBS_QUEUE' | 'JOBS_DEAD_LETTERS' | 'WEBHOOKS_QUEUE' | 'USAGE_QUEUE';
type CostEnv = Readonly<Record<QueueName, Queue>>;

const queueNames: readonly QueueName[] = ['JOBS_QUEUE', 'JOBS_DEAD_LETTERS', 'WEBHOOKS_QUEUE', 'USAGE_QUEUE'];
const operationBytes = 65_536;
const counts = { fetch: 0, queue: 0, cron: 0, queueOperations: 0 };
/** One for each environment, because the product uses the environment as a cache key. */
const environments = new WeakMap<object, object>();

/** An operation is 64 KB that are written, read or deleted. */
function countOperations(body: unknown): void {
  counts.queueOperations += Math.ceil(new TextEncoder().encode(JSON.stringify(body)).byteLength / operationBytes);
}

function countedEnvironment(env: unknown): unknown {
  const original = env as CostEnv;
  const existing = environments.get(original);
  if (existing) return existing;
  const queues = queueNames.map((name) => [name, countedQueue(original[name])]);
  const counted = { ...original, ...Object.fromEntries(queues) };
  environments.set(original, counted);
  return counted;
}

function countedQueue(queue: Queue): Pick<Queue, 'send' | 'sendBatch'> {
  return {
    send(body, options) {
      countOperations(body);
      return queue.send(body, options);
    },
    sendBatch(messages, options) {
      const list = [...messages];
      for (const { body } of list) countOperations(body);
      return queue.sendBatch(list, options);
    },
  };
}

/** Each delivery of a message is a read, its acknowledgement a delete. */
function countedBatch({ queue, messages }: MessageBatch): MessageBatch {
  const counted = messages.map((message) => {
    const { id, timestamp, body, attempts } = message;
    countOperations(body);
    const ack = () => {
      countOperations(body);
      message.ack();
    };
    const retry = (options?: QueueRetryOptions) => message.retry(options);
    return { id, timestamp, body, attempts, ack, retry };
  });
  const ackAll = () => {
    for (const message of counted) message.ack();
  };
  const retryAll = (options?: QueueRetryOptions) => {
    for (const message of counted) message.retry(options);
  };
  return { queue, messages: counted, ackAll, retryAll } as unknown as MessageBatch;
}

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname === '/_cost') {
      if (request.method === 'POST') {
        counts.cron += 1;
        const controller = { scheduledTime: Date.now(), cron: '* * * * *', noRetry: () => undefined };
        await product.scheduled(controller, countedEnvironment(env));
      }
      return Response.json(counts);
    }
    counts.fetch += 1;
    return await product.fetch(request, countedEnvironment(env), context);
  },
  queue(batch, env, context) {
    counts.queue += 1;
    return product.queue(countedBatch(batch), countedEnvironment(env), context);
  },
} satisfies ExportedHandler<unknown>;
