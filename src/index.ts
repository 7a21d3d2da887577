import { parseEnv } from './env.ts';
import { createApp } from './http/app.ts';
import { runJob } from './jobs/run-job.ts';
import { sweepJobs } from './jobs/sweep-jobs.ts';
import { consumeJobs } from './queue/jobs-consumer.ts';
import { consumeUsage } from './queue/usage-consumer.ts';
import { createServices, type Services } from './services.ts';

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

export default {
  fetch: (request, env, context) => workerFor(env).app.fetch(request, env, context),
  queue: async (batch, env) => {
    const { insertUsage, jobs, logger } = workerFor(env);
    if (batch.queue === 'jobs') await consumeJobs(batch, { run: (jobId) => runJob(jobs, jobId), logger });
    else await consumeUsage(batch, { insert: insertUsage, logger });
  },
  scheduled: async (_controller, env) => {
    const { jobs, usage } = workerFor(env);
    await Promise.all([usage.flush(), sweepJobs(jobs)]);
  },
} satisfies ExportedHandler<unknown>;
