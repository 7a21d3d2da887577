import { Hono } from 'hono';
import type { KeyVerifier } from '../auth/key-verifier.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Scope } from '../domain/principal.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { HttpEnv } from '../http/context.ts';
import type { JobDependencies } from '../jobs/job-dependencies.ts';
import type { Logger } from '../lib/logger.ts';
import { anthropicCountTokens } from '../protocols/anthropic/anthropic-count-tokens-route.ts';
import { anthropicMessages } from '../protocols/anthropic/anthropic-messages-route.ts';
import { createErrorResponse } from '../protocols/error-response.ts';
import { getModel, getModels } from '../protocols/models-route.ts';
import { nativeChat } from '../protocols/native/native-chat-route.ts';
import { createJob } from '../protocols/native/native-create-job-route.ts';
import { getJobEvents } from '../protocols/native/native-job-events-route.ts';
import { getJob, getJobs, postCancel } from '../protocols/native/native-jobs-route.ts';
import { nativeStream } from '../protocols/native/native-stream-route.ts';
import { openAiChat } from '../protocols/openai/openai-chat-route.ts';
import { openAiEmbeddings } from '../protocols/openai/openai-embeddings-route.ts';
import { openAiResponses } from '../protocols/openai/openai-responses-route.ts';
import { type GraphQlHandler, graphql } from './graphql-route.ts';
import { health, ready } from './health.ts';
import { authenticate } from './middleware/authenticate.ts';
import { bodyLimitMiddleware } from './middleware/body-limit.ts';
import { corsMiddleware } from './middleware/cors.ts';
import { idempotencyMiddleware } from './middleware/idempotency.ts';
import { rejectContentEncoding } from './middleware/reject-content-encoding.ts';
import { requestContext } from './middleware/request-context.ts';
import { docsFile, docsPage, openApiDocument } from './pages/docs-page.ts';
import { home } from './pages/home.ts';
import { type Playground, playgroundFile, playgroundPage, playgroundSettings } from './pages/playground-page.ts';
import type { StaticFiles } from './pages/static-file.ts';

interface AppOptions {
  readonly gateway: Gateway;
  readonly jobs: JobDependencies;
  readonly keys: KeyVerifier;
  readonly answerGraphQl: GraphQlHandler;
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
    [bodyLimitMiddleware, rejectContentEncoding, authenticate(keys, now, { scopes })] as const;
  const idempotency = idempotencyMiddleware({ database: jobs.database, logger });
  const idempotencyUnlessAsync = idempotencyMiddleware({ database: jobs.database, logger }, { unlessAsync: true });
  const app = new Hono<HttpEnv>();
  app.onError(createErrorResponse);
  app.notFound((context) => createErrorResponse(unknownRoute(context.req.method, context.req.path), context));

  app.use(requestContext({ logger, now }), corsMiddleware(corsOrigins, local));
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
  app.post('/api/chat/completions', ...guarded('chat'), idempotencyUnlessAsync, nativeChat(gateway, jobs));
  app.post('/stream', ...guarded('chat'), idempotency, nativeStream(gateway));
  app.post('/v1/chat/completions', ...guarded('chat'), openAiChat(gateway));
  app.post('/v1/responses', ...guarded('chat'), openAiResponses(gateway));
  app.post('/v1/embeddings', ...guarded('chat'), openAiEmbeddings(gateway));
  app.post('/v1/messages', ...guarded('chat'), anthropicMessages(gateway));
  app.post('/v1/messages/count_tokens', ...guarded('chat'), anthropicCountTokens(gateway));
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
    graphql(answerGraphQl, [
      bodyLimitMiddleware,
      rejectContentEncoding,
      authenticate(keys, now, { scopes: [], allowSuspended: true }),
    ]),
  );
  return app;
}

function unknownRoute(method: string, path: string): GatewayError {
  // A long part of a path may be a key that was pasted into the wrong place.
  const shown = path.slice(0, 200).replace(/[^/]{25,}/g, '…');
  return new GatewayError('not_found', `There is no ${method} ${shown} here.`);
}
