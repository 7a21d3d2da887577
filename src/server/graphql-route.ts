import { Hono, type MiddlewareHandler } from 'hono';
import { type GatewayError, toGatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { getWaitUntil, type HttpContext, type HttpEnv } from '../http/context.ts';
import { createErrorHeaders, recordError } from '../protocols/error-response.ts';
import type { RefusedJob } from '../request-log/logged-request.ts';

/** Responds to a GraphQL request. Its body has not been read yet. */
export type GraphQlHandler = (
  request: Request,
  requestInfo: {
    readonly principal: Principal;
    readonly reauthenticate: () => Promise<Principal>;
    readonly requestId: string;
    readonly signal: AbortSignal;
    readonly waitUntil: (work: Promise<unknown>) => void;
    readonly onRefusedJob: (job: RefusedJob) => void;
  },
) => Promise<Response>;

/**
 * `GET /graphql`, `POST /graphql`: all errors, those of the guards too, have GraphQL's shape, because GraphQL clients read no other. The
 * handler reads the body itself, checks scopes by field, and calls `reauthenticate` while a subscription lasts.
 */
export function graphql(handle: GraphQlHandler, guards: readonly MiddlewareHandler<HttpEnv>[]): Hono<HttpEnv> {
  const route = new Hono<HttpEnv>();
  route.onError(graphqlError);
  return route.on(['GET', 'POST'], ['/'], ...guards, async (context) => {
    return await handle(context.req.raw, {
      principal: context.get('principal'),
      reauthenticate: context.get('reauthenticate'),
      requestId: context.get('requestId'),
      signal: context.get('clientSignal'),
      waitUntil: getWaitUntil(context),
      onRefusedJob: (job) => context.set('refusedJob', job),
    });
  });
}

/** Encodes an error before an operation has started. Its status is that of the error, also for clients that ask for plain JSON. */
function graphqlError(thrown: unknown, context: HttpContext): Response {
  const error = toGatewayError(thrown);
  recordError(context, error);
  const headers = createErrorHeaders(error);
  headers.set('content-type', `${chooseMediaType(context.req.header('accept'))}; charset=utf-8`);
  return new Response(encodeError(error, context.get('requestId')), { status: error.status, headers });
}

function encodeError({ code, message }: GatewayError, requestId: string): string {
  return JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] });
}

/** Source: GraphQL over HTTP, https://graphql.github.io/graphql-over-http/draft/. Older clients accept JSON only. */
function chooseMediaType(accept = ''): string {
  const graphqlMediaType = 'application/graphql-response+json';
  return accept.includes(graphqlMediaType) ? graphqlMediaType : 'application/json';
}
