import type { MiddlewareHandler } from 'hono';
import { GatewayError } from '../../core/errors.ts';
import { checkIdempotencyKey } from '../../core/idempotency-key.ts';
import { sha256 } from '../../core/sha256.ts';
import {
  type Answer,
  type AnswerClaim,
  claimAnswer,
  type IdempotencyDependencies,
  isFinalStatus,
} from '../../idempotency/idempotent-answer.ts';
import { type HttpContext, type HttpEnv, waitUntilOf } from '../context.ts';
import { isEventStream, replayEvents } from '../kept-stream.ts';
import { readPreferences } from '../prefer.ts';

/** The Idempotency-Key of a request; undefined where it has none. Throws `invalid_request` for one that cannot be kept. */
export function readIdempotencyKey(context: HttpContext): string | undefined {
  const key = context.req.header('idempotency-key')?.trim() || undefined;
  if (key !== undefined) checkIdempotencyKey(key, 'Idempotency-Key');
  return key;
}

/**
 * Gives a call that comes again with the same `Idempotency-Key` its first answer again, unbilled. A stream's route keeps
 * its own answer, by the claim in the context, for it is known only at the stream's end. A call that becomes a job needs
 * none of this: its row is the answer.
 */
export function idempotent(
  dependencies: IdempotencyDependencies,
  { mayBecomeJob = false }: { readonly mayBecomeJob?: boolean } = {},
): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const key = readIdempotencyKey(context);
    if (key === undefined || (mayBecomeJob && readPreferences(context).respondAsync)) return await next();
    const body = new TextDecoder().decode(await context.req.arrayBuffer());
    const fingerprint = await sha256(`${context.req.method} ${context.req.path}\n${body}`);
    const { tenantId } = context.get('caller');
    const claimed = await claimAnswer(dependencies, { tenantId, key, fingerprint }).catch(toUnavailable);
    if ('status' in claimed) return replay(context, claimed);
    context.set('answerClaim', claimed);
    const ended = (async () => {
      await next();
      if (!isEventStream(context.res)) await end(context, claimed);
    })();
    // Were the client to leave now and this request be dropped, a call that has been billed could be made once more.
    waitUntilOf(context)(ended.catch(() => undefined));
    await ended;
  };
}

/** Kept before it is sent: an answer that the client may have seen is never found again by a second call. */
async function end(context: HttpContext, claim: AnswerClaim): Promise<void> {
  const { status } = context.res;
  if (!isFinalStatus(status)) return await claim.release();
  const headers = pick(context.res.headers);
  await claim.keep({ status, headers, body: await context.res.clone().text() });
}

const keptHeaders = ['content-type', 'location', 'x-should-retry'];

function pick(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])),
  );
}

function replay(context: HttpContext, { status, headers, body }: Answer): Response {
  const replayed = { ...headers, 'idempotent-replayed': 'true' };
  const response = new Response(body, { status, headers: replayed });
  return isEventStream(response) ? replayEvents(body, replayed, waitUntilOf(context)) : response;
}

function toUnavailable(cause: unknown): never {
  if (cause instanceof GatewayError) throw cause;
  throw new GatewayError('unavailable', 'The idempotency key cannot be checked right now. Try again in a moment.', {
    cause,
  });
}
