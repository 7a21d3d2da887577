import product from '../../../src/index.ts';

type QueueName = 'JOBS_QUEUE' | 'JOBS_DEAD_LETTERS' | 'WEBHOOKS_QUEUE' | 'USAGE_QUEUE';

interface TappedEnv extends Readonly<Record<QueueName, Queue>> {
  /** `twice` sends each usage message twice. `outside` sends usage messages to TAP_URL only. */
  readonly USAGE_GOES?: 'twice' | 'outside';
  /** A server that receives each message of every queue before the queue does. */
  readonly TAP_URL?: string;
}

const queueNames: readonly QueueName[] = ['JOBS_QUEUE', 'JOBS_DEAD_LETTERS', 'WEBHOOKS_QUEUE', 'USAGE_QUEUE'];
/** One wrapper for each environment, because the product uses the environment as a cache key. */
const environments = new WeakMap<object, object>();

function tapped(env: unknown): unknown {
  const original = env as TappedEnv;
  const existing = environments.get(original);
  if (existing) return existing;
  const queues = queueNames.map((name) => [name, tap(name, original)]);
  const tappedEnv = { ...original, ...Object.fromEntries(queues) };
  environments.set(original, tappedEnv);
  return tappedEnv;
}

function tap(name: QueueName, { [name]: queue, USAGE_GOES, TAP_URL }: TappedEnv) {
  const goes = name === 'USAGE_QUEUE' ? USAGE_GOES : undefined;
  const sendToTap = async (bodies: readonly unknown[]) => {
    if (TAP_URL === undefined) return;
    const response = await fetch(`${TAP_URL}/${name}`, { method: 'POST', body: JSON.stringify(bodies) });
    if (!response.ok) throw new Error('the tap rejected the messages');
  };
  return {
    async send(body: unknown): Promise<void> {
      await sendToTap([body]);
      if (goes === 'outside') return;
      await queue.send(body);
      if (goes === 'twice') await queue.send(body, { delaySeconds: Math.floor(Math.random() * 3) });
    },
    async sendBatch(messages: Iterable<MessageSendRequest>): Promise<void> {
      const list = [...messages];
      await sendToTap(list.map(({ body }) => body));
      await queue.sendBatch(list);
    },
  };
}

/** Delivers usage messages from outside. Replies with the indexes of the acknowledged ones. */
async function deliver(request: Request, env: unknown, context: ExecutionContext): Promise<Response> {
  const acknowledged: number[] = [];
  const messages = (await request.json<unknown[]>()).map((body, place) => ({
    ...{ id: String(place), timestamp: new Date(), body, attempts: 1 },
    ack: () => void acknowledged.push(place),
    retry: () => undefined,
  }));
  await product.queue({ queue: 'usage', messages } as unknown as MessageBatch, tapped(env), context);
  return Response.json(acknowledged);
}

/** The unchanged product, with queues that the tests can observe. */
export default {
  fetch: (request, env, context) =>
    new URL(request.url).pathname === '/_deliver'
      ? deliver(request, env, context)
      : product.fetch(request, tapped(env), context),
  queue: async (batch, env, context) => {
    const { USAGE_GOES } = env as TappedEnv;
    // Delivers each message twice at once, as two consumers would.
    const times = batch.queue === 'usage' && USAGE_GOES === 'twice' ? 2 : 1;
    await Promise.all(Array.from({ length: times }, () => product.queue(batch, tapped(env), context)));
  },
  scheduled: (controller, env) => product.scheduled(controller, tapped(env)),
} satisfies ExportedHandler<unknown>;
