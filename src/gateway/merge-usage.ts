import type { TokenUsage } from '../domain/response.ts';

/** Merges two counts of one stream. A count never goes down: some vendors end a stream with a usage of zeros. */
export function mergeUsage(earlier: TokenUsage | undefined, later: TokenUsage): TokenUsage {
  if (!earlier) return later;
  const counts: Readonly<Record<string, number | true | undefined>> = { ...earlier };
  const risen = Object.entries(later).filter(([name, value]) => value > (counts[name] ?? -1));
  return { ...earlier, ...Object.fromEntries(risen) };
}
