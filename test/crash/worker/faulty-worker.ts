import product from '../../../src/index.ts';
import type { SendFault } from './send-fault.ts';

interface FaultyEnv {
  readonly JOBS_QUEUE: Queue;
  /** A server that returns the fault for each send. */
  readonly CONTROL_URL: string;
}

/** One wrapper for each environment, because the product uses the environment as a cache key. */
const environments = new WeakMap<object, object>();

function withFaults(env: unknown): unknown {
  const original = env as FaultyEnv;
  const existing = environments.get(original);
  if (existing) return existing;
  const faulty = { ...original, JOBS_QUEUE: faultyQueue(original) };
  environments.set(original, faulty);
  return faulty;
}

function faultyQueue({ JOBS_QUEUE, CONTROL_URL }: FaultyEnv) {
  return {
    async sendBatch(messages: Iterable<MessageSendRequest>): Promise<void> {
      const list = [...messages];
      const body = JSON.stringify(list.map(({ body }) => body));
      const fault = (await (await fetch(`${CONTROL_URL}/send`, { method: 'POST', body })).text()) as SendFault;
      if (fault === 'refuse') throw new Error('the queue refuses');
      if (fault === 'five-times') return await sendFiveTimes(JOBS_QUEUE, list);
      await JOBS_QUEUE.sendBatch(list);
      if (fault === 'lose-answer') throw new Error('the answer of the queue is lost');
    },
  };
}

/** Sends each message five times, in random order, over two seconds. */
async function sendFiveTimes(queue: Queue, messages: readonly MessageSendRequest[]): Promise<void> {
  const copies = messages.flatMap((message) => Array.from({ length: 5 }, () => message));
  const shuffled = copies.map((message) => ({ message, at: Math.random() })).sort((left, right) => left.at - right.at);
  await queue.sendBatch(shuffled.map(({ message, at }) => ({ ...message, delaySeconds: Math.floor(at * 3) })));
}

/** The unchanged product, with a queue whose producer can fail. */
export default {
  fetch: (request, env, context) => product.fetch(request, withFaults(env), context),
  queue: (batch, env, context) => product.queue(batch, withFaults(env), context),
  scheduled: (controller, env) => product.scheduled(controller, withFaults(env)),
} satisfies ExportedHandler<unknown>;
