import { setTimeout } from 'node:timers/promises';

const text = JSON.stringify(
  Array.from({ length: 40_000 }, (_, index) => ({ content: `message ${index}`, numbers: [index, index / 3] })),
);
/** How long the work takes a core of 2026 with nothing beside it. */
const referenceMs = 35;
const warmUpRuns = 5;
const runs = 9;

/** Returns how many times as long as such a core takes this machine for the same work now, other work on it included: at least 1. */
export async function measureSlowness(): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < warmUpRuns + runs; run += 1) {
    const startedAt = performance.now();
    JSON.stringify(JSON.parse(text));
    times.push(performance.now() - startedAt);
    await setTimeout(20);
  }
  const median = times.slice(warmUpRuns).toSorted((left, right) => left - right)[Math.floor(runs / 2)] ?? referenceMs;
  return Math.max(1, median / referenceMs);
}
