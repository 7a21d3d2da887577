import { getMaxAttemptMs, parseEnv } from './env.ts';
import { sweepDeadLetters } from './jobs/dead-letters.ts';
import { jobOutbox } from './jobs/job-outbox.ts';
import { purge } from './jobs/purge.ts';
import { runJob } from './jobs/run-job.ts';
import { runTasks } from './lib/run-tasks.ts';
import { consumeDeadLetters } from './queue/dead-letters-consumer.ts';
import { consumeJobs } from './queue/jobs-consumer.ts';
import { consumeUsage } from './queue/usage-consumer.ts';
import { consumeWebhooks } from './queue/webhooks-consumer.ts';
import { purgeLog } from './request-log/purge-log.ts';
import { createApp } from './server/app.ts';
import { createServices, type Services } from './services.ts';
import { prepareLedgerPartitions } from './usage/prepare-ledger-partitions.ts';
import { deliverWebhooks } from './webhooks/deliver-webhooks.ts';
import { sendBudgetAlerts } from './webhooks/send-budget-alerts.ts';
import { sendOperatorAlerts } from './webhooks/send-operator-alerts.ts';
import { webhookOutbox } from './webhooks/webhook-outbox.ts';

interface Worker extends Services {
  readonly app: ReturnType<typeof createApp>;
}

/** Built once for each isolate; the runtime hands every request of an isolate the same environment. */
let worker: { readonly rawEnv: unknown; readonly parts: Worker } | undefined;

function workerFor(rawEnv: unknown): Worker {
  if (worker !== undefined && worker.rawEnv === rawEnv) return worker.parts;
  const parts = buildWorker(rawEnv);
  worker = { rawEnv, parts };
  return parts;
}

function buildWorker(rawEnv: unknown): Worker {
  const env = parseEnv(rawEnv);
  const services = createServices(env);
  const app = createApp({ ...services, corsOrigins: env.CORS_ORIGINS, local: env.ENVIRONMENT === 'local' });
  return { ...services, app };
}

type Consumer = (batch: MessageBatch, parts: Worker, context: ExecutionContext) => Promise<void>;

/** The consumers, by the end of the queue's name: `ai-aggregator-jobs`, `staging-jobs` and `jobs` have the same one. */
const consumers = {
  jobs: (batch, { background: { jobs }, logger }, context) =>
    consumeJobs(batch, { run: (jobId) => runJob(jobs, jobId, (work) => context.waitUntil(work)), logger }),
  'jobs-dlq': (batch, { showDeadLetters, logger }) => consumeDeadLetters(batch, { show: showDeadLetters, logger }),
  webhooks: (batch, { background: { webhooks }, receiverLoad: load, logger }, context) => {
    const waitUntil = (work: Promise<unknown>) => context.waitUntil(work);
    return consumeWebhooks(batch, { deliver: (ids) => deliverWebhooks(webhooks, ids, { load, waitUntil }), logger });
  },
  usage: (batch, { insertUsage, logger }) => consumeUsage(batch, { insert: insertUsage, logger }),
  'usage-dlq': (batch, { insertUsage, logger }) => consumeUsage(batch, { insert: insertUsage, logger }),
} satisfies Record<string, Consumer>;

/** Returns the consumer of a queue. Throws for an unknown queue, so that none of its messages is acknowledged. */
function findConsumer(queue: string): Consumer {
  const entry = Object.entries(consumers).find(([name]) => queue === name || queue.endsWith(`-${name}`));
  if (entry) return entry[1];
  const names = Object.keys(consumers).join(', ');
  throw new Error(`The queue ${queue} has no consumer. Its name must end in one of: ${names}.`);
}

/** What the Worker does with each kind of event. */
export const handlers = {
  fetch: (request, env, context) => workerFor(env).app.fetch(request, env, context),
  queue: async (batch, env, context) => {
    await findConsumer(batch.queue)(batch, workerFor(env), context);
  },
  scheduled: async ({ scheduledTime }, env) => {
    const parts = workerFor(env);
    await runTasks(parts.logger, {
      'usage flush': () => parts.usage.flush(),
      'limits flush': () => parts.flushLimits(),
      'job sweep': () => jobOutbox.sweep(parts.background.jobs),
      'webhook sweep': () => webhookOutbox.sweep(parts.background.webhooks),
      'budget alerts': () => sendBudgetAlerts(parts.background.webhooks),
      'operator alerts': () => sendOperatorAlerts(parts.background.webhooks, getMaxAttemptMs(parts.env)),
      'dead-letter sweep': () => sweepDeadLetters(parts.background.jobs),
      bill: () => parts.checkBill(),
      'ledger partitions': () => prepareLedgerPartitions(parts.background.jobs, new Date(scheduledTime)),
      purge: () => purge(parts.background.jobs, parts.retention.jobDays),
      'log purge': () => purgeLog(parts.background.jobs.database, parts.retention.requestDays),
    });
  },
} satisfies Required<Pick<ExportedHandler<unknown>, 'fetch' | 'queue' | 'scheduled'>>;
