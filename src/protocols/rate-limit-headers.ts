import type { LimitStatus } from '../domain/limits.ts';
import type { ClientProtocol } from './protocol.ts';

const windowSeconds = 60;

/**
 * Builds `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10) and the protocol's own headers. Each
 * kind of limit has its tightest one, the key's or the tenant's. Isolates count by leases, so `r` is what this isolate knows.
 */
export function buildRateLimitHeaders(
  limits: readonly LimitStatus[],
  protocol: Pick<ClientProtocol, 'rateLimitHeaders'>,
  nowMs: number,
): [name: string, value: string][] {
  const tightest = new Map<string, LimitStatus>();
  for (const status of limits) {
    const previous = tightest.get(status.rule.kind);
    if (!previous || status.remaining < previous.remaining) tightest.set(status.rule.kind, status);
  }
  if (tightest.size === 0) return [];
  let policies = '';
  let states = '';
  const headers: [name: string, value: string][] = [];
  for (const [kind, status] of tightest) {
    const comma = policies === '' ? '' : ', ';
    policies += `${comma}"${kind}";q=${status.rule.limit};w=${windowSeconds}`;
    states += `${comma}"${kind}";r=${Math.floor(status.remaining)};t=${Math.ceil(status.resetMs / 1000)}`;
    headers.push(...protocol.rateLimitHeaders(status, nowMs));
  }
  headers.push(['ratelimit-policy', policies], ['ratelimit', states]);
  return headers;
}
