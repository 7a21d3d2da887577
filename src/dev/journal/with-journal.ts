import type { JournalNamespace } from './journal.ts';
import { openBatch } from './journaled-batch.ts';
import { enqueue, JournaledQueue, type JournalStub } from './journaled-queue.ts';

/** The bindings that the runner adds to the Worker's environment. */
export interface LocalEnv {
  readonly LOCAL_JOURNAL: JournalNamespace;
  /** Authenticates the runner at `drainPath`. */
  readonly LOCAL_SECRET: string;
}

const drainPath = '/__local/drain';
/** The time in which a finished response records its usage. */
const settleMs = 50;
const drainDeadlineMs = 1_900;
const pollMs = 25;

/**
 * Wraps the Worker so that its queues survive the runtime. Each message is stored in the journal before it is sent, and
 * removed once it is acknowledged. `scheduled` enqueues the messages of an earlier run again. The Worker sees no
 * difference, and delivery stays at least once.
 */
export function withJournal<Env extends object>(product: ExportedHandler<Env>): ExportedHandler<Env & LocalEnv> {
  return {
    async fetch(request, env, context) {
      if (isDrain(request, env)) {
        const flush = async () => product.scheduled?.(createFlushEvent(), withJournaledQueues(env), context);
        return Response.json({ left: await drain(getJournal(env), flush) });
      }
      if (product.fetch === undefined) return new Response(null, { status: 404 });
      return product.fetch(request, withJournaledQueues(env), context);
    },
    async queue(batch, env, context) {
      const { batch: unwrappedBatch, getAcknowledgedIds } = openBatch(batch);
      try {
        await product.queue?.(unwrappedBatch, withJournaledQueues(env), context);
      } catch (error) {
        await getJournal(env).remove(getAcknowledgedIds(true));
        throw error;
      }
      await getJournal(env).remove(getAcknowledgedIds(false));
    },
    async scheduled(controller, env, context) {
      await enqueueLeftovers(env);
      await product.scheduled?.(controller, withJournaledQueues(env), context);
    },
  };
}

let run: string | undefined;

/** Returns the id of this run. The isolate lives as long as the runtime, and so do its queues. */
function getCurrentRun(): string {
  run ??= crypto.randomUUID();
  return run;
}

function getJournal(env: LocalEnv): JournalStub {
  return env.LOCAL_JOURNAL.get(env.LOCAL_JOURNAL.idFromName('journal'));
}

/**
 * The environments with journaled queues. The Worker may cache values by its environment, so each one maps to one
 * object.
 */
const journaledEnvironments = new WeakMap<object, object>();

function withJournaledQueues<Env extends object>(env: Env & LocalEnv): Env {
  const cached = journaledEnvironments.get(env);
  if (cached !== undefined) return cached as Env;
  const { LOCAL_JOURNAL, LOCAL_SECRET, ...bindings } = env;
  const journaledBindings = Object.entries(bindings).map(([name, binding]) => [
    name,
    isQueue(binding) ? new JournaledQueue(name, binding, () => getJournal(env), getCurrentRun()) : binding,
  ]);
  const environment = Object.fromEntries(journaledBindings) as Env;
  journaledEnvironments.set(env, environment);
  return environment;
}

async function enqueueLeftovers(env: LocalEnv): Promise<void> {
  const journal = getJournal(env);
  const left = await journal.listEarlierRuns(getCurrentRun());
  for (const [name, entries] of Map.groupBy(left, ({ binding }) => binding)) {
    const queue: unknown = Reflect.get(env, name);
    if (!isQueue(queue)) continue;
    for (const entry of entries) {
      await enqueue(queue, [entry]);
      await journal.add([{ ...entry, run: getCurrentRun() }]);
    }
  }
}

function isQueue(binding: unknown): binding is Queue {
  return typeof binding === 'object' && binding !== null && binding.constructor.name === 'WorkerQueue';
}

function isDrain(request: Request, env: LocalEnv): boolean {
  return new URL(request.url).pathname === drainPath && request.headers.get('x-local-secret') === env.LOCAL_SECRET;
}

/** Creates the event for the Worker's `scheduled`, which sends the records that its isolate has not queued yet. */
function createFlushEvent(): ScheduledController {
  return { cron: '* * * * *', scheduledTime: Date.now(), noRetry() {} };
}

/** Waits until consumers have processed all messages, or until the deadline for Ctrl-C. */
async function drain(journal: JournalStub, flush: () => Promise<void>): Promise<number> {
  const startedAtMs = Date.now();
  await wait(settleMs);
  await Promise.race([flush(), wait(drainDeadlineMs - settleMs)]);
  while (true) {
    const left = await journal.size();
    if (left === 0 || Date.now() - startedAtMs > drainDeadlineMs) return left;
    await wait(pollMs);
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
