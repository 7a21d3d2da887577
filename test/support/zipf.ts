/** Creates a generator of whole numbers from 0, of which the n-th is n times as rare as the first. The same numbers each time. */
export function createZipf(count: number): () => number {
  const sums: number[] = [];
  for (let rank = 1; rank <= count; rank += 1) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    const target = (seed / 2_147_483_647) * (sums.at(-1) ?? 0);
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
