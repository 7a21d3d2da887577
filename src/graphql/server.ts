import { createYoga, type Plugin } from 'graphql-yoga';
import { createContext, type GraphQlContext, type GraphQlDependencies, type GraphQlRequestInfo } from './context.ts';
import { DocumentCache } from './document-cache.ts';
import { limitDocuments } from './limits.ts';
import { rejectPersistedQueries } from './persisted-queries.ts';
import { presentResult } from './present-result.ts';
import { requestParser } from './request-parser.ts';
import { schema } from './schema.ts';

interface ServerOptions extends GraphQlDependencies {
  /** Whether clients may query the schema, and errors may suggest names from it. */
  readonly introspection: boolean;
}

/** Responds to an authenticated request. */
export type GraphQlHandler = (request: Request, requestInfo: GraphQlRequestInfo) => Promise<Response>;

/** Creates the handler of GraphQL requests, once for each isolate. */
export function createGraphQlServer({ introspection, ...dependencies }: ServerOptions): GraphQlHandler {
  const { logger } = dependencies.jobs;
  const presentErrors: Plugin<object, GraphQlContext> = {
    onResultProcess({ result, setResult, serverContext }) {
      const { requestId } = serverContext.requestInfo;
      setResult(presentResult(result, { requestId, logger }) as typeof result);
    },
  };
  const yoga = createYoga<GraphQlContext>({
    schema,
    // The app has matched the path, in any spelling.
    graphqlEndpoint: '/*',
    plugins: [requestParser, rejectPersistedQueries, limitDocuments({ introspection }), presentErrors],
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: new DocumentCache() },
    // Errors are presented by the plugin above. The route does the rest.
    maskedErrors: false,
    logging: false,
    maxRequestBodySize: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
  });
  return async (request, requestInfo) => {
    let replayed = false;
    const context = createContext(dependencies, requestInfo, () => {
      replayed = true;
    });
    const response = await yoga.fetch(request, context);
    return replaceHeaders(explainRejection(response, requestInfo.requestId), replayed);
  };
}

function replaceHeaders(response: Response, replayed: boolean): Response {
  const headers = new Headers(response.headers);
  headers.set('cache-control', 'no-store, no-transform');
  // Yoga sets these for streams. A Worker must not.
  headers.delete('connection');
  headers.delete('content-encoding');
  if (replayed) headers.set('idempotent-replayed', 'true');
  return new Response(response.body, { status: response.status, headers });
}

const rejectionMessages: Readonly<Record<number, string>> = {
  405: 'The method is not allowed: mutations are sent by POST.',
  406: 'accept: must allow application/json or application/graphql-response+json, or text/event-stream for a subscription.',
  415: 'content-type: must be application/json.',
};

/** Yoga rejects some requests without a body. */
function explainRejection(response: Response, requestId: string): Response {
  const message = response.body === null || response.status === 415 ? rejectionMessages[response.status] : undefined;
  if (message === undefined) return response;
  const headers = new Headers(response.headers);
  headers.set('content-type', 'application/json');
  const body = { errors: [{ message, extensions: { code: 'invalid_request', requestId } }] };
  return new Response(JSON.stringify(body), { status: response.status, headers });
}
