import type { HttpContext } from '../http/context.ts';

/** Resolves where the service answers, rejects where it does not. */
type Ping = () => Promise<unknown>;

interface CheckResult {
  readonly ok: boolean;
  readonly ms: number;
}

const pingTimeoutMs = 2_000;

/** `GET /health`: the Worker runs. */
export function health(context: HttpContext): Response {
  return context.json({ status: 'ok' });
}

/** `GET /ready`: the Worker and what it needs run; 503 where one of them does not answer within two seconds. */
export function ready(pings: Readonly<Record<'postgres' | 'redis', Ping>>, now: () => number) {
  return async (context: HttpContext): Promise<Response> => {
    const [postgres, redis] = await Promise.all([check(pings.postgres, now), check(pings.redis, now)]);
    const ok = postgres.ok && redis.ok;
    if (!ok) context.header('retry-after', '1');
    return context.json({ status: ok ? 'ok' : 'unavailable', checks: { postgres, redis } }, ok ? 200 : 503);
  };
}

async function check(ping: Ping, now: () => number): Promise<CheckResult> {
  const startedAtMs = now();
  const timeout = scheduler.wait(pingTimeoutMs).then(() => false);
  const answer = ping().then(
    () => true,
    () => false,
  );
  return { ok: await Promise.race([answer, timeout]), ms: now() - startedAtMs };
}
