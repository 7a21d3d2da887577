import type { MiddlewareHandler } from 'hono';
import { GatewayError } from '../../domain/errors.ts';
import { getWaitUntil, type HttpContext, type HttpEnv } from '../../http/context.ts';
import { parsePreferHeader } from '../../http/prefer-header.ts';
import { readIdempotencyKey } from '../../http/read-idempotency-key.ts';
import {
  claimResponse,
  type IdempotencyDependencies,
  isFinalStatus,
  type RecordedResponse,
  type ResponseClaim,
} from '../../idempotency/idempotent-response.ts';
import { sha256 } from '../../lib/sha256.ts';
import { isEventStream, replayEvents } from '../../protocols/native/replayable-stream.ts';

/**
 * Gives a call that comes again with the same `Idempotency-Key` its first answer again, unbilled. A stream's route keeps
 * its own answer, by the claim in the context, for it is known only at the stream's end. A call that becomes a job needs
 * none of this: its row is the answer.
 */
export function idempotencyMiddleware(
  dependencies: IdempotencyDependencies,
  { unlessAsync = false }: { readonly unlessAsync?: boolean } = {},
): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const key = readIdempotencyKey(context);
    if (key === undefined || (unlessAsync && parsePreferHeader(context).respondAsync)) return await next();
    const body = new TextDecoder().decode(await context.req.arrayBuffer());
    const fingerprint = await sha256(`${context.req.method} ${context.req.path}\n${body}`);
    const { tenantId } = context.get('principal');
    const claimed = await claimResponse(dependencies, { tenantId, key, fingerprint }).catch(toUnavailable);
    if ('status' in claimed) return replay(context, claimed);
    context.set('responseClaim', claimed);
    const ended = (async () => {
      await next();
      if (!isEventStream(context.res)) await end(context, claimed);
    })();
    // Were the client to leave now and this request be dropped, a call that has been billed could be made once more.
    getWaitUntil(context)(ended.catch(() => undefined));
    await ended;
  };
}

/** Kept before it is sent: an answer that the client may have seen is never found again by a second call. */
async function end(context: HttpContext, claim: ResponseClaim): Promise<void> {
  const { status } = context.res;
  if (!isFinalStatus(status)) return await claim.release();
  const headers = pick(context.res.headers);
  await claim.store({ status, headers, body: await context.res.clone().text() });
}

const keptHeaders = ['content-type', 'location', 'x-should-retry', 'x-gateway-error-source'];

function pick(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])),
  );
}

function replay(context: HttpContext, { status, headers, body }: RecordedResponse): Response {
  const replayed = { ...headers, 'idempotent-replayed': 'true' };
  const response = new Response(body, { status, headers: replayed });
  return isEventStream(response) ? replayEvents(body, replayed, getWaitUntil(context)) : response;
}

function toUnavailable(cause: unknown): never {
  if (cause instanceof GatewayError) throw cause;
  throw new GatewayError('unavailable', 'The idempotency key cannot be checked right now. Try again in a moment.', {
    cause,
  });
}
