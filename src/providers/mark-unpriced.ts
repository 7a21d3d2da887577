import type { TokenUsage } from '../domain/response.ts';

/** Returns a usage whose price no list contains: also where nothing was counted. */
export function markUnpriced(usage: TokenUsage | undefined): TokenUsage {
  return { ...usage, unpriced: true };
}
