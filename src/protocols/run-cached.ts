import { GatewayError } from '../domain/errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Destination, GatewayRequest } from '../gateway/gateway-request.ts';
import type { TargetedRequest } from '../gateway/run-route.ts';
import type { HttpContext } from '../http/context.ts';
import type { CachedReply } from '../reply-cache/cached-reply.ts';
import { createReplyKey } from '../reply-cache/create-reply-key.ts';
import { isCacheableRequest } from '../reply-cache/is-cacheable.ts';
import { isStrictRequest } from './is-strict-request.ts';
import { ReplyRecording } from './reply-recording.ts';

const ttlHeader = 'x-gateway-cache-ttl';
const maxTtlSeconds = 86_400;

/** A request whose reply may be kept. */
export interface CacheableCall {
  readonly request: GatewayRequest;
  /** The client's fields that say whether the reply may be kept. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether a reply is stored for the client unless the request says `store: false`. */
  readonly storesByDefault?: boolean;
  /** Responds with a reply that was kept. Absent: with all of it at once. */
  readonly respond?: (reply: CachedReply) => Promise<Response>;
}

/**
 * Makes a request as `Gateway.run` does, or answers it by an earlier reply to an equal one: where the client asks for that by
 * `x-gateway-cache-ttl`, or the route does. An earlier reply counts towards the rates of the API key, and costs nothing. Throws
 * `invalid_request` for a header that is no number of seconds. Two equal requests at once are both sent.
 */
export async function runCached(
  context: HttpContext,
  gateway: Gateway,
  call: CacheableCall,
  send: (request: TargetedRequest) => Promise<Response>,
): Promise<Response> {
  const requestedSeconds = readCacheTtl(context);
  return await gateway.run(call.request, send, (destination, answer) => {
    const ttlSeconds = requestedSeconds ?? destination.route?.cacheTtlSeconds ?? 0;
    return ttlSeconds > 0
      ? answerCached(context, gateway, call, { ttlSeconds, destination, answer })
      : answer(call.request);
  });
}

interface CachedAnswer {
  readonly ttlSeconds: number;
  readonly destination: Destination;
  /** Makes the request. */
  readonly answer: (request: GatewayRequest) => Promise<Response>;
}

async function answerCached(
  context: HttpContext,
  gateway: Gateway,
  call: CacheableCall,
  { ttlSeconds, destination, answer }: CachedAnswer,
): Promise<Response> {
  const { request } = call;
  const startedAtMs = gateway.now();
  context.set('cacheStatus', 'miss');
  if (!isCacheableRequest(call.body, call)) return await answer(request);
  const key = await createKey(context, request, destination);
  const cached = await gateway.replyCache.find(key, ttlSeconds);
  if (cached) return await respondFromCache(context, gateway, call, cached, startedAtMs);
  const recording = new ReplyRecording({
    request,
    buffer: gateway.replyCache.createBuffer(),
    store: (reply) => gateway.replyCache.store(key, reply, { ttlSeconds, waitUntil: request.waitUntil }),
  });
  const response = await answer({ ...request, observeAttempt: () => recording.observeAttempt() });
  const { route } = context.get('report') ?? {};
  return await recording.record(response, { route, translation: context.get('translation') });
}

async function respondFromCache(
  context: HttpContext,
  gateway: Gateway,
  { request, respond = respondAtOnce }: CacheableCall,
  cached: CachedReply,
  startedAtMs: number,
): Promise<Response> {
  context.set('report', await gateway.admitCached(request, cached, startedAtMs));
  context.set('cacheStatus', 'hit');
  return await respond(cached);
}

async function respondAtOnce({ headers, body }: CachedReply): Promise<Response> {
  return new Response(body, { headers: headers.map(([name, value]): [string, string] => [name, value]) });
}

async function createKey(
  context: HttpContext,
  { principal }: GatewayRequest,
  { route, targets }: Destination,
): Promise<string> {
  const { req } = context;
  const { always, byok } = context.get('protocol').forwardedHeaders ?? { always: [], byok: [] };
  const { origin, search } = new URL(req.url);
  return await createReplyKey(origin, {
    tenantId: principal.tenantId,
    path: `${req.method} ${req.path}${search}`,
    headers: [...always, ...byok].map((name) => req.header(name)),
    isStrict: isStrictRequest(context),
    route,
    targets: targets.map(({ provider, model, params }) => [provider.id, model, params]),
    // Read before by the route: Hono keeps it.
    body: await req.arrayBuffer(),
  });
}

function readCacheTtl(context: HttpContext): number | undefined {
  const value = context.req.header(ttlHeader);
  if (value === undefined) return undefined;
  const seconds = /^[1-9]\d{0,4}$/.test(value) ? Number(value) : Number.NaN;
  if (seconds <= maxTtlSeconds) return seconds;
  throw new GatewayError('invalid_request', `${ttlHeader}: must be a number of seconds from 1 to ${maxTtlSeconds}.`);
}
