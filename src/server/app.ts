import { Hono } from 'hono';
import type { KeyVerifier } from '../auth/key-verifier.ts';
import { devKey } from '../domain/dev-key.ts';
import type { Scope } from '../domain/scope.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { HttpEnv } from '../http/context.ts';
import type { JobDependencies } from '../jobs/job-dependencies.ts';
import type { Logger } from '../lib/logger.ts';
import { clientProtocols } from '../protocols/client-protocols.ts';
import { createErrorResponse } from '../protocols/error-response.ts';
import { getModel, getModels } from '../protocols/models-route.ts';
import type { RouteDependencies, RoutedProtocol } from '../protocols/protocol-route.ts';
import type { BodyRecorder } from '../request-log/body-recorder.ts';
import type { ResponseStore } from '../responses-store/response-store.ts';
import { createPathReader } from './canonical-path.ts';
import { type GraphQlHandler, graphql } from './graphql-route.ts';
import { health, ready } from './health.ts';
import { authenticate } from './middleware/authenticate.ts';
import { bodyLimitMiddleware } from './middleware/body-limit.ts';
import { corsMiddleware } from './middleware/cors.ts';
import { idempotencyMiddleware } from './middleware/idempotency.ts';
import { createBodyKeeper } from './middleware/keep-bodies.ts';
import { createRefusalLog, type RefusalLogOptions } from './middleware/refusal-log.ts';
import { rejectContentEncoding } from './middleware/reject-content-encoding.ts';
import { requestContext } from './middleware/request-context.ts';
import { type Console, consoleFile, consolePage, consoleSettings } from './pages/console-page.ts';
import { docsFile, docsPage, docsSettings, openApiDocument } from './pages/docs-page.ts';
import { favicon } from './pages/favicon.ts';
import { home } from './pages/home.ts';
import { type Playground, playgroundFile, playgroundPage, playgroundSettings } from './pages/playground-page.ts';
import type { StaticFiles } from './pages/static-file.ts';
import { findAllowedMethods, unknownRouteError } from './unknown-route.ts';
import { unsupportedRoots } from './unsupported-routes.ts';

interface AppOptions {
  readonly gateway: Gateway;
  readonly jobs: JobDependencies;
  readonly responses: ResponseStore;
  readonly maxSubrequests: number;
  readonly keys: KeyVerifier;
  /** Sends a refused request to the request log. */
  readonly usage: { readonly recordRefusal: RefusalLogOptions['recordRefusal'] };
  readonly bodies: BodyRecorder;
  readonly answerGraphQl: GraphQlHandler;
  readonly pings: Parameters<typeof ready>[0];
  readonly logger: Logger;
  readonly corsOrigins: readonly string[] | undefined;
  readonly local: boolean;
  /** Absent where it is off: its paths are unknown then. */
  readonly playground: Playground | undefined;
  /** Absent where it is off. */
  readonly console: Console | undefined;
  readonly files: StaticFiles;
  readonly protocols?: readonly RoutedProtocol[];
}

/**
 * Builds the app: its routes, and the order of the middleware before them. The routes of a client protocol stand in its folder
 * (`openai-routes.ts`), each with the scopes that it needs. test/integration/route-table.test.ts lists all routes.
 */
export function createApp({
  gateway,
  jobs,
  responses,
  maxSubrequests,
  keys,
  usage,
  bodies,
  answerGraphQl,
  pings,
  logger,
  corsOrigins,
  local,
  playground,
  console,
  files,
  protocols = clientProtocols,
}: AppOptions): Hono<HttpEnv> {
  const { now } = gateway;
  /** The middleware before every route that is not public: the key needs one of the scopes. */
  const requireKey = (scopes: readonly [Scope, ...Scope[]]) =>
    [bodyLimitMiddleware, ...requireKeyOnly(scopes)] as const;
  /** The same before a handler that bounds the body itself. */
  const requireKeyOnly = (scopes: readonly [Scope, ...Scope[]]) =>
    [rejectContentEncoding, authenticate(keys, now, { scopes })] as const;
  const dispatch: RouteDependencies['dispatch'] = (request, context) =>
    app.fetch(request, context.env, context.executionCtx);
  const dependencies: RouteDependencies = { gateway, jobs, responses, maxSubrequests, dispatch, local };
  const protocolRoutes = protocols.flatMap((protocol) => protocol.routes(dependencies));
  const modelPaths = new Set(protocols.flatMap(({ models }) => models?.path ?? []));
  const routePaths = [...protocolRoutes.map(({ path }) => path), ...modelPaths];
  const paths = new Set(protocolRoutes.flatMap(({ path, isModelRequest }) => (isModelRequest ? [path] : [])));
  const keepBodies = createBodyKeeper({ paths, recorder: bodies, now });
  const logRefusal = createRefusalLog({
    paths,
    recordRefusal: (entry, waitUntil) => usage.recordRefusal(entry, waitUntil),
    now,
  });
  const app = new Hono<HttpEnv>({ getPath: createPathReader(routePaths, unsupportedRoots) });
  app.onError(createErrorResponse);
  app.notFound((context) => {
    const allow = findAllowedMethods(app.routes, context.req.path).join(', ');
    if (context.req.method === 'OPTIONS' && allow !== '')
      return new Response(null, { status: 204, headers: { allow } });
    return createErrorResponse(unknownRouteError(context.req, app.routes), context);
  });

  app.use(
    requestContext({ logger, now, protocols, logRefusal, keepBodies }),
    corsMiddleware(corsOrigins, { local, protocols }),
  );
  const pageKey = local ? devKey : undefined;
  app.get('/', home({ playground: playground !== undefined, console: console !== undefined, apiKey: pageKey }));
  app.get('/favicon.ico', favicon);
  app.get('/health', health);
  app.get('/ready', ready(pings, now));
  app.get('/docs', docsPage(files));
  app.get('/docs/settings.json', docsSettings(pageKey));
  app.get('/docs/*', docsFile(files));
  app.get('/openapi.json', openApiDocument(files));
  if (playground !== undefined) {
    app.get('/playground', playgroundPage(playground));
    app.get('/playground/settings.json', playgroundSettings(playground));
    app.get('/playground/*', playgroundFile(playground));
  }
  if (console !== undefined) {
    app.get('/console/settings.json', consoleSettings(console));
    app.get('/console/:version{[0-9a-f]{16}}/*', consoleFile(console));
    app.get('/console', consolePage(console));
    app.get('/console/*', consolePage(console));
  }
  for (const { method, path, scopes, idempotency, limitsBody, handler } of protocolRoutes) {
    const replay = idempotency ? [idempotencyMiddleware({ database: jobs.database, logger }, idempotency)] : [];
    if (limitsBody) app.on(method, path, ...requireKeyOnly(scopes), ...replay, handler);
    else app.on(method, path, ...requireKey(scopes), ...replay, handler);
  }
  for (const path of modelPaths) {
    app.get(path, ...requireKey(['chat', 'read']), getModels(gateway));
    app.get(`${path}/*`, ...requireKey(['chat', 'read']), getModel(gateway, path));
  }
  // src/graphql/scopes.ts says which scopes each field needs.
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
