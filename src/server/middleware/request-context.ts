import type { MiddlewareHandler } from 'hono';
import { newId } from '../../domain/ids.ts';
import type { HttpContext, HttpEnv, Timing } from '../../http/context.ts';
import type { Logger } from '../../lib/logger.ts';
import { type ClientProtocol, findClientProtocol } from '../../protocols/protocol.ts';
import { buildRateLimitHeaders } from '../../protocols/rate-limit-headers.ts';

interface ObserveOptions {
  readonly logger: Logger;
  readonly now: () => number;
  readonly protocols: readonly ClientProtocol[];
}

/** Gives each request its id, its stopwatch and its line in the log, and each reply the headers that tell of them. */
export function observe({ logger, now, protocols }: ObserveOptions): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const startedAtMs = now();
    const clientSignal = context.req.raw.signal;
    // The runtime watches for a client that leaves only where somebody listened before the first await.
    clientSignal.addEventListener('abort', () => undefined, { once: true });
    const requestId = newId('req');
    const clientRequestId = validRequestId(context.req.header('x-request-id'));
    const protocol = findClientProtocol(protocols, context.req);
    const timing: Timing = { auth: 0, admit: 0, upstream: 0 };
    context.set('protocol', protocol);
    context.set('requestId', requestId);
    context.set('clientRequestId', clientRequestId);
    context.set('clientSignal', clientSignal);
    context.set('timing', timing);
    context.set('logged', {});
    await next();
    // Not by `context.header`, which makes the whole response anew for each of them.
    const { headers } = context.res;
    headers.set('x-request-id', clientRequestId ?? requestId);
    headers.set('server-timing', serverTiming(timing));
    if (protocol.requestIdHeader !== undefined) headers.set(protocol.requestIdHeader, clientRequestId ?? requestId);
    for (const [name, value] of buildRateLimitHeaders(context.get('limits') ?? [], protocol, now()))
      headers.set(name, value);
    logRequest(context, logger, now() - startedAtMs);
  };
}

function validRequestId(id: string | undefined): string | undefined {
  return id !== undefined && /^[\w.-]{1,128}$/.test(id) ? id : undefined;
}

function serverTiming({ auth, admit, upstream }: Timing): string {
  return `auth;dur=${auth}, admit;dur=${admit}, upstream;dur=${upstream}`;
}

function logRequest(context: HttpContext, logger: Logger, ms: number): void {
  const { status } = context.res;
  const level = status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info';
  // Set by the guard of the routes that have one.
  const principal = context.get('principal') as HttpEnv['Variables']['principal'] | undefined;
  logger[level]('request', {
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
    method: context.req.method,
    // Where nothing answers, a path may be anything that somebody pasted.
    path: context.req.routePath.endsWith('*') ? undefined : context.req.path,
    status,
    ms,
    tenantId: principal?.tenantId,
    keyId: principal?.keyId,
    ...context.get('logged'),
  });
}
