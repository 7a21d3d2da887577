import { Hono } from 'hono';
import type { KeyVerifier } from '../auth/key-verifier.ts';
import { GatewayError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { GatewayDependencies } from '../gateway/call-request.ts';
import type { JobDependencies } from '../jobs/job-dependencies.ts';
import type { HttpEnv } from './context.ts';
import { errorResponse } from './error-response.ts';
import { authenticate } from './middleware/authenticate.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { limitBody } from './middleware/limit-body.ts';
import { observe } from './middleware/observe.ts';
import { chatCompletions } from './routes/chat-completions.ts';
import { home } from './routes/home.ts';
import { createJob, getJob, getJobs, postCancel } from './routes/jobs.ts';
import { health, ready } from './routes/status.ts';
import { streamCompletion } from './routes/stream.ts';

interface AppOptions {
  readonly gateway: GatewayDependencies;
  readonly jobs: JobDependencies;
  readonly keys: KeyVerifier;
  readonly pings: Parameters<typeof ready>[0];
  readonly logger: Logger;
  readonly corsOrigins: readonly string[] | undefined;
  readonly local: boolean;
}

/** Every route of the gateway, and in which order a request goes through what stands before them. */
export function createApp({ gateway, jobs, keys, pings, logger, corsOrigins, local }: AppOptions): Hono<HttpEnv> {
  const { now } = gateway;
  const guarded = [limitBody, authenticate(keys, now)] as const;
  const app = new Hono<HttpEnv>();
  app.onError(errorResponse);
  app.notFound((context) => errorResponse(unknownRoute(context.req.method, context.req.path), context));

  app.use(observe({ logger, now }), crossOrigin(corsOrigins, local));
  app.get('/', home);
  app.get('/health', health);
  app.get('/ready', ready(pings, now));
  app.post('/api/chat/completions', ...guarded, chatCompletions(gateway));
  app.post('/stream', ...guarded, streamCompletion(gateway));
  app.post('/api/jobs', ...guarded, createJob(jobs));
  app.get('/api/jobs', ...guarded, getJobs(jobs));
  app.get('/api/jobs/:id', ...guarded, getJob(jobs));
  app.post('/api/jobs/:id/cancel', ...guarded, postCancel(jobs));
  return app;
}

function unknownRoute(method: string, path: string): GatewayError {
  return new GatewayError('not_found', `There is no ${method} ${path.slice(0, 200)} here.`);
}
