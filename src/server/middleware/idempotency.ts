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
 * Replays the first response to a request that is repeated with the same `Idempotency-Key`, unbilled. The route of a stream
 * stores its own response, by the claim in the context, because it is complete only at the end of the stream. A request that
 * becomes a job (`unlessAsync`) needs no stored response: the row of the job is the response.
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
      if (!isEventStream(context.res)) await settleClaim(context, claimed);
    })();
    // The runtime drops a request whose client has disconnected. A repetition would then be billed a second time.
    getWaitUntil(context)(ended.catch(() => undefined));
    await ended;
  };
}

/** Stores a final response before it is sent, so that no repetition makes a request again whose response a client has seen. */
async function settleClaim(context: HttpContext, claim: ResponseClaim): Promise<void> {
  const { status } = context.res;
  if (!isFinalStatus(status)) return await claim.release();
  const headers = pickKeptHeaders(context.res.headers);
  await claim.store({ status, headers, body: await context.res.clone().text() });
}

/**
 * What a client needs to understand the response: its type, where the created resource is, who caused an error and whether a
 * retry can help. All other headers (ids, limits, times) describe one request, and a replay has its own.
 */
const keptHeaders = ['content-type', 'location', 'x-should-retry', 'x-gateway-error-source'];

function pickKeptHeaders(headers: Headers): Record<string, string> {
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
