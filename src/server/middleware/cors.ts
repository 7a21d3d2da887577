import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { keyHeaders } from '../../auth/read-api-key.ts';
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
  ...keyHeaders.map((name) => name.toLowerCase()),
  'content-type',
  'x-request-id',
  'traceparent',
  // Firefox and Safari ask for it where a script sets it, as many clients do.
  'user-agent',
];
/** Headers with these prefixes are allowed with any ending, and those of the gateway are exposed. Clients send them by the dozen. */
const gatewayPrefix = 'x-gateway-';
const allowedPrefixes = [gatewayPrefix, 'x-stainless-', 'x-portkey-', 'x-goog-'];

interface CorsOptions {
  /** Whether the gateway runs on a developer's machine. */
  readonly local: boolean;
  readonly protocols: readonly Pick<ClientProtocol, 'corsHeaders'>[];
}

/**
 * Allows browsers from the listed origins. Without a list it allows any origin on this machine if the gateway runs locally, and
 * none if it is deployed. Answers a preflight itself, before the key is checked. Any other OPTIONS request is the app's.
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
    const isOptions = context.req.method === 'OPTIONS';
    if (isOptions && context.req.raw.headers.has('access-control-request-method')) {
      const preflight = await forBrowsers(context, next);
      // Hono puts the headers of the context over those of the response.
      allowPrefixed(context.res.headers, context.req.header('access-control-request-headers'));
      return preflight;
    }
    // Most clients are not browsers: they do not get a kilobyte of headers. Hono takes any OPTIONS request for a preflight.
    if (!isOptions && context.req.raw.headers.has('origin')) {
      return await forBrowsers(context, next);
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

/** Lets pages read the gateway's own headers of a response that pages may read. It runs when all headers are set. */
export function exposeGatewayHeaders(headers: Headers): void {
  if (!headers.has('access-control-expose-headers')) return;
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
