import { Redis } from '@upstash/redis/cloudflare';

interface RedisOptions {
  readonly url: string;
  readonly token: string;
  /** How long one command may take, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Opens Redis over Upstash's REST protocol. A command is sent once: most of them must not be done twice, and with
 * `retry: false` the client would still repeat one whose connection broke.
 */
export function openRedis({ url, token, timeoutMs }: RedisOptions): Redis {
  return new Redis({
    url,
    token,
    retry: { retries: 0 },
    enableTelemetry: false,
    signal: () => AbortSignal.timeout(timeoutMs),
  });
}
