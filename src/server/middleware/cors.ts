import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { HttpEnv } from '../../http/context.ts';
import type { ClientProtocol } from '../../protocols/protocol.ts';

/** The headers of every route; each protocol adds its own. */
const exposedHeaders = [
  'x-request-id',
  'server-timing',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'x-should-retry',
];
const allowedHeaders = ['authorization', 'x-api-key', 'content-type', 'x-request-id'];

interface CorsOptions {
  /** Whether the gateway runs on a developer's machine. */
  readonly local: boolean;
  readonly protocols: readonly Pick<ClientProtocol, 'corsHeaders'>[];
}

/**
 * Allows browsers from the listed origins. Without a list it allows any origin on this machine if the gateway runs locally, and
 * none if it is deployed. Answers a preflight itself, before the key is checked.
 */
export function corsMiddleware(
  origins: readonly string[] | undefined,
  { local, protocols }: CorsOptions,
): MiddlewareHandler<HttpEnv> {
  const allows = (origin: string) =>
    origins ? origins.includes('*') || origins.includes(origin) : local && isOnThisMachine(origin);
  const forBrowsers = cors({
    origin: (origin) => (allows(origin) ? origin : null),
    allowMethods: ['GET', 'POST', 'OPTIONS'],
    allowHeaders: merge(allowedHeaders, ...protocols.map(({ corsHeaders }) => corsHeaders.allow)),
    exposeHeaders: merge(exposedHeaders, ...protocols.map(({ corsHeaders }) => corsHeaders.expose)),
    maxAge: 86_400,
  });
  return async (context, next) => {
    // Most clients are not browsers: they do not get a kilobyte of headers.
    if (context.req.raw.headers.has('origin') || context.req.method === 'OPTIONS')
      return await forBrowsers(context, next);
    await next();
    context.res.headers.append('vary', 'Origin');
  };
}

/** Two protocols may name the same header. */
function merge(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

function isOnThisMachine(origin: string): boolean {
  const host = URL.parse(origin)?.hostname ?? '';
  return host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]';
}
