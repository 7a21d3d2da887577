import type { LimitStatus } from '../domain/limits.ts';
import type { ClientProtocol } from './protocol.ts';

const windowSeconds = 60;

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): of each rate the limit that leaves the least,
 * be it the key's or the tenant's. Isolates count by leases, so that what is left is what this one knows.
 */
export function buildRateLimitHeaders(
  limits: readonly LimitStatus[],
  protocol: ClientProtocol,
  nowMs: number,
): [name: string, value: string][] {
  const tightest = new Map<string, LimitStatus>();
  for (const status of limits) {
    const known = tightest.get(status.rule.kind);
    if (!known || status.remaining < known.remaining) tightest.set(status.rule.kind, status);
  }
  if (tightest.size === 0) return [];
  let policies = '';
  let states = '';
  const headers: [name: string, value: string][] = [];
  for (const [kind, status] of tightest) {
    const comma = policies === '' ? '' : ', ';
    policies += `${comma}"${kind}";q=${status.rule.limit};w=${windowSeconds}`;
    states += `${comma}"${kind}";r=${Math.floor(status.remaining)};t=${Math.ceil(status.resetMs / 1000)}`;
    headers.push(...vendorHeaders(status, protocol, nowMs));
  }
  headers.push(['ratelimit-policy', policies], ['ratelimit', states]);
  return headers;
}

/** The same in the names that a vendor's clients read: OpenAI's time is a span (`1m30s`), Anthropic's a moment (RFC 3339). */
function vendorHeaders(
  { rule: { kind, limit }, remaining, resetMs }: LimitStatus,
  protocol: ClientProtocol,
  nowMs: number,
): [name: string, value: string][] {
  const left = String(Math.floor(remaining));
  if (protocol === 'openai') {
    return [
      [`x-ratelimit-limit-${kind}`, String(limit)],
      [`x-ratelimit-remaining-${kind}`, left],
      [`x-ratelimit-reset-${kind}`, span(resetMs)],
    ];
  }
  if (protocol === 'native') return [];
  const reset = new Date(nowMs + resetMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return [
    [`anthropic-ratelimit-${kind}-limit`, String(limit)],
    [`anthropic-ratelimit-${kind}-remaining`, left],
    [`anthropic-ratelimit-${kind}-reset`, reset],
  ];
}

function span(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
