import type { JournalNamespace } from './journal.ts';
import { openBatch } from './journaled-batch.ts';
import { enqueue, JournaledQueue, type JournalStub } from './journaled-queue.ts';

/** What the runner adds to the product's environment. */
export interface LocalEnv {
  readonly LOCAL_JOURNAL: JournalNamespace;
  /** Proves to `drainPath` that it is the runner who calls. */
  readonly LOCAL_SECRET: string;
}

const drainPath = '/__local/drain';
/** How long a reply that has just been sent may take to have its usage recorded. */
const settleMs = 50;
const drainDeadlineMs = 1_900;
const pollMs = 25;

/**
 * The product as it is, on queues that survive the runtime: each message is journaled before it is sent and struck out
 * once it is acknowledged, and `scheduled` enqueues again what an earlier run of the runtime has left behind. To the
 * product nothing looks different; delivery stays at least once.
 */
export function withJournal<Env extends object>(product: ExportedHandler<Env>): ExportedHandler<Env & LocalEnv> {
  return {
    async fetch(request, env, context) {
      if (isDrain(request, env)) {
        const flush = async () => product.scheduled?.(flushEvent(), withJournaledQueues(env), context);
        return Response.json({ left: await drain(journalOf(env), flush) });
      }
      if (product.fetch === undefined) return new Response(null, { status: 404 });
      return product.fetch(request, withJournaledQueues(env), context);
    },
    async queue(batch, env, context) {
      const { batch: opened, acknowledged } = openBatch(batch);
      try {
        await product.queue?.(opened, withJournaledQueues(env), context);
      } catch (error) {
        await journalOf(env).remove(acknowledged(true));
        throw error;
      }
      await journalOf(env).remove(acknowledged(false));
    },
    async scheduled(controller, env, context) {
      await enqueueLeftovers(env);
      await product.scheduled?.(controller, withJournaledQueues(env), context);
    },
  };
}

let run: string | undefined;

/** The isolate lives as long as the runtime, and so do the queues in its memory. */
function currentRun(): string {
  run ??= crypto.randomUUID();
  return run;
}

function journalOf(env: LocalEnv): JournalStub {
  return env.LOCAL_JOURNAL.get(env.LOCAL_JOURNAL.idFromName('journal'));
}

/** One for each environment, which the runtime hands out anew with every event: the product may remember things by it. */
const journaledEnvironments = new WeakMap<object, object>();

function withJournaledQueues<Env extends object>(env: Env & LocalEnv): Env {
  const known = journaledEnvironments.get(env);
  if (known !== undefined) return known as Env;
  const { LOCAL_JOURNAL, LOCAL_SECRET, ...bindings } = env;
  const journaled = Object.entries(bindings).map(([name, binding]) => [
    name,
    isQueue(binding) ? new JournaledQueue(name, binding, () => journalOf(env), currentRun()) : binding,
  ]);
  const environment = Object.fromEntries(journaled) as Env;
  journaledEnvironments.set(env, environment);
  return environment;
}

async function enqueueLeftovers(env: LocalEnv): Promise<void> {
  const journal = journalOf(env);
  const left = await journal.leftBefore(currentRun());
  for (const [name, entries] of Map.groupBy(left, ({ binding }) => binding)) {
    const queue: unknown = Reflect.get(env, name);
    if (!isQueue(queue)) continue;
    for (const entry of entries) {
      await enqueue(queue, [entry]);
      await journal.add([{ ...entry, run: currentRun() }]);
    }
  }
}

function isQueue(binding: unknown): binding is Queue {
  return typeof binding === 'object' && binding !== null && binding.constructor.name === 'WorkerQueue';
}

function isDrain(request: Request, env: LocalEnv): boolean {
  return new URL(request.url).pathname === drainPath && request.headers.get('x-local-secret') === env.LOCAL_SECRET;
}

/** The product's `scheduled` sends what its isolate has gathered and not queued yet. */
function flushEvent(): ScheduledController {
  return { cron: '* * * * *', scheduledTime: Date.now(), noRetry() {} };
}

/** Waits until consumers have taken all that is queued, or for as long as somebody who pressed Ctrl-C will wait. */
async function drain(journal: JournalStub, flush: () => Promise<void>): Promise<number> {
  const started = Date.now();
  await wait(settleMs);
  await Promise.race([flush(), wait(drainDeadlineMs - settleMs)]);
  while (true) {
    const left = await journal.size();
    if (left === 0 || Date.now() - started > drainDeadlineMs) return left;
    await wait(pollMs);
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
