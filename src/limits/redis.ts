import { Redis } from '@upstash/redis/cloudflare';

interface RedisOptions {
  readonly url: string;
  readonly token: string;
  /** How long one command may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Opens Redis over Upstash's REST protocol. A command is sent once: the client's own retries would take about 4 s. */
export function openRedis({ url, token, timeoutMs }: RedisOptions): Redis {
  return new Redis({
    url,
    token,
    retry: false,
    enableTelemetry: false,
    signal: () => AbortSignal.timeout(timeoutMs),
  });
}
