import type { Context } from 'hono';
import type { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestReport } from '../domain/request-report.ts';
import type { StreamEnd } from '../domain/stream-end.ts';
import type { TranslationReport } from '../domain/translation-report.ts';
import type { ResponseClaim } from '../idempotency/idempotent-response.ts';
import type { LoggedRequest, RefusedJob } from '../request-log/logged-request.ts';

/** The variables that middleware and routes share. */
interface Variables {
  /** `req_…` */
  requestId: string;
  /** The client's own x-request-id, where it is valid. */
  clientRequestId: string | undefined;
  /** The signal of the incoming request: a request that middleware copies has another one. */
  clientSignal: AbortSignal;
  /** Milliseconds that authentication took. */
  authMs: number | undefined;
  principal: Principal;
  /** Checks the API key again, at most 5 s late, for responses that go on. Throws as authentication does. */
  reauthenticate: () => Promise<Principal>;
  /** Present where the request has an Idempotency-Key. A streamed response stores itself. */
  responseClaim: ResponseClaim | undefined;
  /** The report of the request at its provider, for headers and the log. */
  report: RequestReport | undefined;
  /** What the translation for a provider of another protocol changed. Absent for requests that are not translated. */
  translation: TranslationReport | undefined;
  /** Present for a model request, once it is known to whom it is attributed. */
  log: LoggedRequest | undefined;
  /** The job that a GraphQL request was refused, with an error inside its response. */
  refusedJob: RefusedJob | undefined;
  /** Whether an earlier reply has answered the request. Absent for requests that did not opt in to the cache. */
  cacheStatus: 'hit' | 'miss' | undefined;
  /** The error that the request ended in. */
  error: GatewayError | undefined;
  /** Present for a streamed response: resolves when it has ended, and never rejects. */
  streamEnd: Promise<StreamEnd> | undefined;
}

export interface HttpEnv {
  Variables: Variables;
}

export type HttpContext = Context<HttpEnv>;

/** Returns the function that keeps work alive after the response. */
export function getWaitUntil(context: HttpContext): (work: Promise<unknown>) => void {
  return (work) => context.executionCtx.waitUntil(work);
}
