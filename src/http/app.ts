import { Hono } from 'hono';
import type { KeyVerifier } from '../auth/key-verifier.ts';
import type { Scope } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { GatewayDependencies } from '../gateway/call-request.ts';
import type { JobDependencies } from '../jobs/job-dependencies.ts';
import type { HttpEnv } from './context.ts';
import { errorResponse } from './error-response.ts';
import { authenticate } from './middleware/authenticate.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { idempotent } from './middleware/idempotent.ts';
import { limitBody } from './middleware/limit-body.ts';
import { observe } from './middleware/observe.ts';
import { refuseEncoded } from './middleware/refuse-encoded.ts';
import { chatCompletions } from './routes/chat-completions.ts';
import { createJob } from './routes/create-job.ts';
import { docsFile, docsPage, openApiDocument } from './routes/docs.ts';
import { type AnswerGraphQl, graphql } from './routes/graphql.ts';
import { home } from './routes/home.ts';
import { getJobEvents } from './routes/job-events.ts';
import { getJob, getJobs, postCancel } from './routes/jobs.ts';
import { type Playground, playgroundFile, playgroundPage, playgroundSettings } from './routes/playground.ts';
import { health, ready } from './routes/status.ts';
import { streamCompletion } from './routes/stream.ts';
import { openAiChatCompletions } from './routes/v1/chat-completions.ts';
import { countTokens } from './routes/v1/count-tokens.ts';
import { embeddings } from './routes/v1/embeddings.ts';
import { messages } from './routes/v1/messages.ts';
import { getModel, getModels } from './routes/v1/models.ts';
import { responses } from './routes/v1/responses.ts';
import type { StaticFiles } from './static-file.ts';

interface AppOptions {
  readonly gateway: GatewayDependencies;
  readonly jobs: JobDependencies;
  readonly keys: KeyVerifier;
  readonly answerGraphQl: AnswerGraphQl;
  readonly pings: Parameters<typeof ready>[0];
  readonly logger: Logger;
  readonly corsOrigins: readonly string[] | undefined;
  readonly local: boolean;
  /** Absent where it is off: its paths are unknown then. */
  readonly playground: Playground | undefined;
  readonly files: StaticFiles;
}

/** Every route of the gateway, and in which order a request goes through what stands before them. */
export function createApp({
  gateway,
  jobs,
  keys,
  answerGraphQl,
  pings,
  logger,
  corsOrigins,
  local,
  playground,
  files,
}: AppOptions): Hono<HttpEnv> {
  const { now } = gateway;
  /** What stands before every route but the public ones: it is for keys with one of these scopes. */
  const guarded = (...scopes: [Scope, ...Scope[]]) =>
    [limitBody, refuseEncoded, authenticate(keys, now, { scopes })] as const;
  const once = idempotent({ database: jobs.database, logger });
  const onceOrJob = idempotent({ database: jobs.database, logger }, { mayBecomeJob: true });
  const app = new Hono<HttpEnv>();
  app.onError(errorResponse);
  app.notFound((context) => errorResponse(unknownRoute(context.req.method, context.req.path), context));

  app.use(observe({ logger, now }), crossOrigin(corsOrigins, local));
  app.get('/', home({ playground: playground !== undefined }));
  app.get('/health', health);
  app.get('/ready', ready(pings, now));
  app.get('/docs', docsPage(files));
  app.get('/docs/*', docsFile(files));
  app.get('/openapi.json', openApiDocument(files));
  if (playground !== undefined) {
    app.get('/playground', playgroundPage(playground));
    app.get('/playground/settings.json', playgroundSettings(playground));
    app.get('/playground/*', playgroundFile(playground));
  }
  app.post('/api/chat/completions', ...guarded('chat'), onceOrJob, chatCompletions(gateway, jobs));
  app.post('/stream', ...guarded('chat'), once, streamCompletion(gateway));
  app.post('/v1/chat/completions', ...guarded('chat'), openAiChatCompletions(gateway));
  app.post('/v1/responses', ...guarded('chat'), responses(gateway));
  app.post('/v1/embeddings', ...guarded('chat'), embeddings(gateway));
  app.post('/v1/messages', ...guarded('chat'), messages(gateway));
  app.post('/v1/messages/count_tokens', ...guarded('chat'), countTokens(gateway));
  app.get('/v1/models', ...guarded('chat', 'read'), getModels(gateway));
  app.get('/v1/models/*', ...guarded('chat', 'read'), getModel(gateway));
  app.post('/api/jobs', ...guarded('jobs'), createJob(jobs, { local }));
  app.get('/api/jobs', ...guarded('read', 'jobs'), getJobs(jobs));
  app.get('/api/jobs/:id', ...guarded('read', 'jobs'), getJob(jobs));
  app.post('/api/jobs/:id/cancel', ...guarded('jobs'), postCancel(jobs));
  app.get('/api/jobs/:id/events', ...guarded('read', 'jobs'), getJobEvents(jobs));
  // What each field needs is said where it is: src/graphql/scopes.ts.
  app.route(
    '/graphql',
    graphql(answerGraphQl, [limitBody, refuseEncoded, authenticate(keys, now, { scopes: [], suspendedToo: true })]),
  );
  return app;
}

function unknownRoute(method: string, path: string): GatewayError {
  // A long part of a path may be a key that was pasted into the wrong place.
  const shown = path.slice(0, 200).replace(/[^/]{25,}/g, '…');
  return new GatewayError('not_found', `There is no ${method} ${shown} here.`);
}
