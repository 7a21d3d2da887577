import { createYoga, type Plugin } from 'graphql-yoga';
import { createContext, type GraphQlCall, type GraphQlContext, type GraphQlDependencies } from './context.ts';
import { DocumentCache } from './document-cache.ts';
import { limitDocuments } from './limits.ts';
import { presentResult } from './present-result.ts';
import { schema } from './schema.ts';

interface ServerOptions extends GraphQlDependencies {
  /** Whether clients may ask for the schema, and errors may suggest names out of it. */
  readonly introspection: boolean;
}

/** Answers a request whose caller is known. */
export type AnswerGraphQl = (request: Request, call: GraphQlCall) => Promise<Response>;

/** Builds what answers GraphQL requests: once for each isolate. */
export function createGraphQlServer({ introspection, ...dependencies }: ServerOptions): AnswerGraphQl {
  const { logger } = dependencies.jobs;
  const presentErrors: Plugin<object, GraphQlContext> = {
    onResultProcess({ result, setResult, serverContext }) {
      const { requestId } = serverContext.call;
      setResult(presentResult(result, { requestId, logger }) as typeof result);
    },
  };
  const yoga = createYoga<GraphQlContext>({
    schema,
    plugins: [limitDocuments({ introspection }), presentErrors],
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: new DocumentCache() },
    // All of this is done before or after: errors are presented above, the rest is the route's.
    maskedErrors: false,
    logging: false,
    maxRequestBodySize: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
  });
  return async (request, call) => {
    let replayed = false;
    const context = createContext(dependencies, call, () => {
      replayed = true;
    });
    const response = await yoga.fetch(request, context);
    return withHeaders(explained(response, call.requestId), replayed);
  };
}

function withHeaders(response: Response, replayed: boolean): Response {
  const headers = new Headers(response.headers);
  headers.set('cache-control', 'no-cache, no-transform');
  // Yoga's own for streams: neither is for a Worker to say.
  headers.delete('connection');
  headers.delete('content-encoding');
  if (replayed) headers.set('idempotent-replayed', 'true');
  return new Response(response.body, { status: response.status, headers });
}

const whyRefused: Readonly<Record<number, string>> = {
  405: 'The method is not allowed: mutations are sent by POST.',
  406: 'accept: must allow application/json or application/graphql-response+json, or text/event-stream for a subscription.',
  415: 'content-type: must be application/json.',
};

/** Yoga refuses some requests without a word. */
function explained(response: Response, requestId: string): Response {
  const message = response.body === null || response.status === 415 ? whyRefused[response.status] : undefined;
  if (message === undefined) return response;
  const headers = new Headers(response.headers);
  headers.set('content-type', 'application/json');
  const body = { errors: [{ message, extensions: { code: 'invalid_request', requestId } }] };
  return new Response(JSON.stringify(body), { status: response.status, headers });
}
