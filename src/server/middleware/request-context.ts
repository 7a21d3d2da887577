import type { MiddlewareHandler } from 'hono';
import { newId } from '../../domain/ids.ts';
import type { HttpContext, HttpEnv } from '../../http/context.ts';
import type { Logger } from '../../lib/logger.ts';
import { type ClientProtocol, findClientProtocol } from '../../protocols/protocol.ts';
import { buildRateLimitHeaders } from '../../protocols/rate-limit-headers.ts';
import { buildRouteHeaders } from '../../protocols/route-headers.ts';
import { buildTranslationHeaders } from '../../protocols/translation-headers.ts';
import { exposeGatewayHeaders } from './cors.ts';
import { logRequest } from './request-log.ts';

interface RequestContextOptions {
  readonly logger: Logger;
  readonly now: () => number;
  readonly protocols: readonly ClientProtocol[];
  /** Logs a request that was answered with an error before any provider was asked, and a job that GraphQL has refused. */
  readonly logRefusal: (context: HttpContext, startedAtMs: number) => void;
  /** Keeps the bodies of a request, where its API key asks for it. */
  readonly keepBodies: (context: HttpContext) => Promise<void> | undefined;
}

/** Gives each request its id and its line in the log, and each response the headers of ids, timing and rate limits. */
export function requestContext({
  logger,
  now,
  protocols,
  logRefusal,
  keepBodies,
}: RequestContextOptions): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const startedAtMs = now();
    const clientSignal = context.req.raw.signal;
    // The runtime watches for a client that disconnects only where a listener is added before the first await.
    clientSignal.addEventListener('abort', () => undefined, { once: true });
    const requestId = newId('req');
    const clientRequestId = validRequestId(context.req.header('x-request-id'));
    const protocol = findClientProtocol(protocols, context.req);
    context.set('protocol', protocol);
    context.set('requestId', requestId);
    context.set('clientRequestId', clientRequestId);
    context.set('clientSignal', clientSignal);
    await next();
    // Not by `context.header`, which copies the whole response each time.
    const { headers } = context.res;
    headers.set('x-request-id', clientRequestId ?? requestId);
    headers.set('server-timing', serverTiming(context));
    headers.set('x-content-type-options', 'nosniff');
    // The platform compresses what it may transform, as the client accepts it.
    if (!headers.get('cache-control')?.includes('no-transform')) headers.append('vary', 'Accept-Encoding');
    if (protocol.requestIdHeader !== undefined) headers.set(protocol.requestIdHeader, clientRequestId ?? requestId);
    const report = context.get('report') ?? {};
    for (const [name, value] of buildRouteHeaders(report)) headers.set(name, value);
    const cacheStatus = context.get('cacheStatus');
    if (cacheStatus) headers.set('x-gateway-cache', cacheStatus);
    const { limits = [] } = report;
    for (const [name, value] of buildRateLimitHeaders(limits, protocol, now())) headers.set(name, value);
    const translation = context.get('translation');
    const { status } = context.res;
    const log = context.get('log');
    log?.recordAnswer({ httpStatus: status, translation });
    if ((status >= 400 && !log?.hasAttempt) || context.get('refusedJob')) logRefusal(context, startedAtMs);
    if (translation) for (const [name, value] of buildTranslationHeaders(translation)) headers.set(name, value);
    setOriginHeaders(context);
    exposeGatewayHeaders(headers);
    const keeping = keepBodies(context);
    if (keeping) await keeping;
    logRequest(context, logger, () => now() - startedAtMs);
  };
}

/** Says who caused an error, where its response does not say so itself, and by which id the provider knows the request. */
function setOriginHeaders(context: HttpContext): void {
  const { headers, status } = context.res;
  if (status >= 400 && !headers.has('x-gateway-error-source')) {
    headers.set('x-gateway-error-source', 'gateway');
  }
  const { upstreamRequestId } = context.get('report') ?? {};
  if (upstreamRequestId !== undefined) headers.set('x-gateway-upstream-request-id', upstreamRequestId);
}

function validRequestId(id: string | undefined): string | undefined {
  return id !== undefined && /^[\w.-]{1,128}$/.test(id) ? id : undefined;
}

function serverTiming(context: HttpContext): string {
  const { admitMs = 0, upstreamMs = 0 } = context.get('report') ?? {};
  return `auth;dur=${context.get('authMs') ?? 0}, admit;dur=${admitMs}, upstream;dur=${upstreamMs}`;
}
