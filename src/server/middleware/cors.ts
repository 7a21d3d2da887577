import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { HttpEnv } from '../../http/context.ts';

const exposedHeaders = [
  'x-request-id',
  'server-timing',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'x-should-retry',
  'location',
  'preference-applied',
  'idempotent-replayed',
  'request-id',
  ...['limit', 'remaining', 'reset'].flatMap((what) =>
    ['requests', 'tokens'].flatMap((kind) => [`x-ratelimit-${what}-${kind}`, `anthropic-ratelimit-${kind}-${what}`]),
  ),
];

const allowedHeaders = [
  'authorization',
  'x-api-key',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'prefer',
  'x-request-id',
  'anthropic-version',
  'anthropic-beta',
  'anthropic-dangerous-direct-browser-access',
  'openai-organization',
  'openai-project',
  'openai-beta',
  // What both vendors' official clients send of themselves.
  ...[
    'arch',
    'helper-method',
    'lang',
    'os',
    'package-version',
    'retry-count',
    'runtime',
    'runtime-version',
    'timeout',
  ].map((name) => `x-stainless-${name}`),
];

/**
 * Lets browsers in from the origins that are named; where none are, from any origin on this machine if the gateway runs
 * locally, and from nowhere if it is deployed. A preflight is answered here, before any key is asked for.
 */
export function corsMiddleware(origins: readonly string[] | undefined, local: boolean): MiddlewareHandler<HttpEnv> {
  const allows = (origin: string) =>
    origins ? origins.includes('*') || origins.includes(origin) : local && isOnThisMachine(origin);
  const forBrowsers = cors({
    origin: (origin) => (allows(origin) ? origin : null),
    allowMethods: ['GET', 'POST', 'OPTIONS'],
    allowHeaders: allowedHeaders,
    exposeHeaders: exposedHeaders,
    maxAge: 86_400,
  });
  return async (context, next) => {
    // Most callers are no browsers, and are spared a kilobyte of headers.
    if (context.req.raw.headers.has('origin') || context.req.method === 'OPTIONS')
      return await forBrowsers(context, next);
    await next();
    context.res.headers.append('vary', 'Origin');
  };
}

function isOnThisMachine(origin: string): boolean {
  const host = URL.parse(origin)?.hostname ?? '';
  return host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]';
}
