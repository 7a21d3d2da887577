import type { GatewayError } from '../domain/errors.ts';

/**
 * What a failed attempt says: that the target does not work now, that its API key does not, that the prompt is longer than its
 * context window. Undefined: the request is at fault, and would fail elsewhere too.
 */
export type TargetFailure = 'target' | 'key' | 'window';

/** Returns what an attempt's error says of its target. A provider's 4xx is the request's fault, but for 408 and 429. */
export function classifyFailure(error: GatewayError): TargetFailure | undefined {
  if (error.accountProblem !== undefined) return 'key';
  if (error.reason === 'context_length_exceeded') return 'window';
  if (error.origin !== 'provider') return undefined;
  if (error.code === 'rate_limited' || error.code === 'provider_timeout') return 'target';
  if (error.code !== 'provider_error') return undefined;
  const status = error.report?.upstreamStatus ?? 0;
  return status >= 400 && status < 500 ? undefined : 'target';
}
