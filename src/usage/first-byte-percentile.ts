/** The histogram's bounds grow by this factor; its first bucket holds up to 1 ms (migration 0002). */
const growth = 1.2;

/**
 * The time in milliseconds within which a share of all calls had their first byte, read off a histogram that may be the sum
 * of many; null where no call had one. Off by less than the width of a bucket, a fifth, as any such reading is.
 */
export function firstBytePercentile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = share * total;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) {
      if (index === 0) return 1;
      // Calls are taken to lie evenly in their bucket, by the logarithm as its bounds do.
      return Math.round(growth ** (index - 1 + (wanted - below) / count));
    }
    below += count;
  }
  return null;
}
