import { Redis } from '@upstash/redis/cloudflare';
import { countSubrequest } from '../lib/subrequest-counter.ts';

interface RedisOptions {
  readonly url: string;
  readonly token: string;
  /** The maximum duration of one command, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Creates a Redis client that uses the REST protocol of Upstash. It sends each command once, because most commands must not
 * run twice. With `retry: false` the client would still repeat a command after its connection broke.
 */
export function openRedis({ url, token, timeoutMs }: RedisOptions): Redis {
  return new Redis({
    url,
    token,
    retry: { retries: 0 },
    enableTelemetry: false,
    // Called for each request.
    signal: () => {
      countSubrequest();
      return AbortSignal.timeout(timeoutMs);
    },
  });
}
