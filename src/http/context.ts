import type { Context } from 'hono';
import type { ErrorCode } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { ResponseClaim } from '../idempotency/idempotent-response.ts';
import type { LimitStatus } from '../limits/types.ts';

/** What middleware leaves for those who come after it. */
interface Variables {
  /** `req_…` */
  requestId: string;
  /** The caller's own x-request-id, where it is valid. */
  clientRequestId: string | undefined;
  /** The incoming request's own signal: a request that middleware made anew would have another. */
  clientSignal: AbortSignal;
  timing: Timing;
  principal: Principal;
  /** Looks again whether the caller may still ask, for replies that go on: throws as the guard does, within 5 s. */
  checkAgain: () => Promise<Principal>;
  /** There where the call has an Idempotency-Key: a stream ends it itself. */
  answerClaim: ResponseClaim | undefined;
  /** How the limits of the caller stand, on routes that have some. */
  limits: readonly LimitStatus[] | undefined;
  /** What the access log tells of the call beside the request itself. */
  logged: { provider?: string; model?: string; errorCode?: ErrorCode; cause?: string };
}

/** How long each stage took, in milliseconds. */
export interface Timing {
  auth: number;
  admit: number;
  upstream: number;
}

export interface HttpEnv {
  Variables: Variables;
}

export type HttpContext = Context<HttpEnv>;

/** Keeps work alive behind the reply. */
export function getWaitUntil(context: HttpContext): (work: Promise<unknown>) => void {
  return (work) => context.executionCtx.waitUntil(work);
}
