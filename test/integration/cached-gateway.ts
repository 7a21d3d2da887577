import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { parseEnv } from '../../src/env.ts';
import { ReplyCache } from '../../src/reply-cache/reply-cache.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { variables } from './gateway.ts';

type SharedCache = Pick<Cache, 'match' | 'put'>;
type Headers = Readonly<Record<string, string>>;

interface CachedGatewayOptions {
  /** Absent: the Cache API. */
  readonly shared?: SharedCache;
  /** Other variables. */
  readonly changes?: Readonly<Record<string, string>>;
}

/** Creates the Worker's parts as one isolate has them, with a shared cache and a clock of its cache that the test drives. */
export function createCachedGateway({ shared, changes }: CachedGatewayOptions = {}) {
  const settings = parseEnv({ ...env, ...changes });
  const services = createServices(settings);
  let aheadMs = 0;
  const written: string[] = [];
  let opened = 0;
  const replyCache = new ReplyCache({
    openShared: async () => {
      opened += 1;
      const cache = shared ?? (await caches.open('replies'));
      return {
        match: (key) => cache.match(key),
        put: async (key, response) => {
          await cache.put(key, response);
          written.push(String(key));
        },
      };
    },
    now: () => Date.now() + aheadMs,
  });
  const gateway = services.gateway.with({ replyCache });
  const app = createApp({ ...services, gateway, corsOrigins: undefined, local: true });
  const post = async (path: string, body: unknown, headers: Headers, signal?: AbortSignal): Promise<Response> => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      signal: signal ?? null,
    };
    const request = new Request(`http://gateway.test${path}`, { ...init, body: JSON.stringify(body) });
    return await app.fetch(request, settings, createExecutionContext());
  };
  return {
    post,
    services,
    /** The keys that were written to the shared cache. */
    written,
    /** How often the shared cache was used. */
    get opened() {
      return opened;
    },
    advance: (ms: number) => {
      aheadMs += ms;
    },
  };
}

/** Returns how many requests a provider got whose body contains a text. */
export async function countSent(mark: string): Promise<number> {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(mark)}`);
  const { requests } = await response.json<{ requests: unknown[] }>();
  return requests.length;
}

/** Reads a response to its end, and expects what it says of the cache. */
export async function readReply(response: Response, cache: 'hit' | 'miss' | null): Promise<string> {
  const text = await response.text();
  expect([response.status, response.headers.get('x-gateway-cache'), text]).toEqual([200, cache, text]);
  return text;
}
