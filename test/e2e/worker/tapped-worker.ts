import product from '../../../src/index.ts';

type QueueName = 'JOBS_QUEUE' | 'JOBS_DEAD_LETTERS' | 'WEBHOOKS_QUEUE' | 'USAGE_QUEUE';

interface TappedEnv extends Readonly<Record<QueueName, Queue>> {
  /** `twice`: each message of usage comes as two. `outside`: they go to TAP_URL and nowhere else. */
  readonly USAGE_GOES?: 'twice' | 'outside';
  /** Told of each message of every queue, before the queue is. */
  readonly TAP_URL?: string;
}

const queueNames: readonly QueueName[] = ['JOBS_QUEUE', 'JOBS_DEAD_LETTERS', 'WEBHOOKS_QUEUE', 'USAGE_QUEUE'];
/** One for each environment: the product remembers things by it. */
const environments = new WeakMap<object, object>();

function tapped(env: unknown): unknown {
  const given = env as TappedEnv;
  const known = environments.get(given);
  if (known) return known;
  const queues = queueNames.map((name) => [name, tap(name, given)]);
  const made = { ...given, ...Object.fromEntries(queues) };
  environments.set(given, made);
  return made;
}

function tap(name: QueueName, { [name]: queue, USAGE_GOES, TAP_URL }: TappedEnv) {
  const goes = name === 'USAGE_QUEUE' ? USAGE_GOES : undefined;
  const tell = async (bodies: readonly unknown[]) => {
    if (TAP_URL === undefined) return;
    const response = await fetch(`${TAP_URL}/${name}`, { method: 'POST', body: JSON.stringify(bodies) });
    if (!response.ok) throw new Error('the tap does not take it');
  };
  return {
    async send(body: unknown): Promise<void> {
      await tell([body]);
      if (goes === 'outside') return;
      await queue.send(body);
      if (goes === 'twice') await queue.send(body, { delaySeconds: Math.floor(Math.random() * 3) });
    },
    async sendBatch(messages: Iterable<MessageSendRequest>): Promise<void> {
      const list = [...messages];
      await tell(list.map(({ body }) => body));
      await queue.sendBatch(list);
    },
  };
}

/** Hands over messages of usage that are kept outside. Answers with the places of those that were acknowledged. */
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

/** The product as it is, before queues that can be looked into. */
export default {
  fetch: (request, env, context) =>
    new URL(request.url).pathname === '/_deliver'
      ? deliver(request, env, context)
      : product.fetch(request, tapped(env), context),
  queue: async (batch, env, context) => {
    const { USAGE_GOES } = env as TappedEnv;
    // Twice at once, as by two consumers that both have it.
    const times = batch.queue === 'usage' && USAGE_GOES === 'twice' ? 2 : 1;
    await Promise.all(Array.from({ length: times }, () => product.queue(batch, tapped(env), context)));
  },
  scheduled: (controller, env) => product.scheduled(controller, tapped(env)),
} satisfies ExportedHandler<unknown>;
