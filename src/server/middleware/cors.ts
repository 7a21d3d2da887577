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
const allowedHeaders = [
  'authorization',
  'x-gateway-key',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-portkey-api-key',
  'content-type',
  'x-request-id',
  'traceparent',
  // Firefox and Safari ask for it where a script sets it, as many clients do.
  'user-agent',
];
/** Headers with these prefixes are allowed with any ending, and those of the gateway are exposed. */
const gatewayPrefix = 'x-gateway-';
const allowedPrefixes = [gatewayPrefix, 'x-stainless-'];

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
    allowMethods: ['GET', 'POST', 'DELETE', 'OPTIONS'],
    allowHeaders: merge(allowedHeaders, ...protocols.map(({ corsHeaders }) => corsHeaders.allow)),
    exposeHeaders: merge(exposedHeaders, ...protocols.map(({ corsHeaders }) => corsHeaders.expose)),
    maxAge: 86_400,
  });
  return async (context, next) => {
    // Most clients are not browsers: they do not get a kilobyte of headers.
    if (context.req.method === 'OPTIONS') {
      const preflight = await forBrowsers(context, next);
      // Hono puts the headers of the context over those of the response.
      allowPrefixed(context.res.headers, context.req.header('access-control-request-headers'));
      return preflight;
    }
    if (context.req.raw.headers.has('origin')) {
      await forBrowsers(context, next);
      exposePrefixed(context.res.headers);
      return;
    }
    await next();
    context.res.headers.append('vary', 'Origin');
  };
}

/** Lists have no wildcard for a prefix: the names that a browser asks for are added. */
function allowPrefixed(headers: Headers, requested = ''): void {
  const names = requested.split(',').map((name) => name.trim().toLowerCase());
  for (const name of names) {
    if (/^[\w-]{1,64}$/.test(name) && allowedPrefixes.some((prefix) => name.startsWith(prefix))) {
      headers.append('access-control-allow-headers', name);
    }
  }
}

function exposePrefixed(headers: Headers): void {
  const names = [...headers.keys()].filter((name) => name.startsWith(gatewayPrefix));
  for (const name of names) headers.append('access-control-expose-headers', name);
}

/** Two protocols may name the same header. */
function merge(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

function isOnThisMachine(origin: string): boolean {
  const host = URL.parse(origin)?.hostname ?? '';
  return host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]';
}
