import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { HttpEnv } from '../context.ts';

const exposedHeaders = ['x-request-id', 'server-timing', 'retry-after', 'x-should-retry'];

const allowedHeaders = [
  'authorization',
  'x-api-key',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'prefer',
  'x-request-id',
];

/**
 * Lets browsers in from the origins that are named; where none are, from any origin on this machine if the gateway runs
 * locally, and from nowhere if it is deployed. A preflight is answered here, before any key is asked for.
 */
export function crossOrigin(origins: readonly string[] | undefined, local: boolean): MiddlewareHandler<HttpEnv> {
  const allows = (origin: string) =>
    origins ? origins.includes('*') || origins.includes(origin) : local && isOnThisMachine(origin);
  return cors({
    origin: (origin) => (allows(origin) ? origin : null),
    allowMethods: ['GET', 'POST', 'OPTIONS'],
    allowHeaders: allowedHeaders,
    exposeHeaders: exposedHeaders,
    maxAge: 86_400,
  });
}

function isOnThisMachine(origin: string): boolean {
  const host = URL.parse(origin)?.hostname ?? '';
  return host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]';
}
