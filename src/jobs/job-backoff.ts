const firstMs = 1_000;
const maxMs = 60_000;
const maxAskedMs = 3_600_000;

/**
 * How long to wait after an attempt that failed: twice as long each time up to a minute, of which up to a half is left to
 * chance so that jobs that failed together do not come back together. Never less than was asked for by who refused, up to an
 * hour, and a little more by chance.
 */
export function retryDelayMs(attempt: number, retryAfterSeconds = 0, random: () => number = Math.random): number {
  const fullMs = Math.min(firstMs * 2 ** (attempt - 1), maxMs);
  const askedMs = Math.min(retryAfterSeconds * 1000, maxAskedMs);
  const chance = random();
  return Math.round(Math.max(fullMs * (1 - chance / 2), askedMs * (1 + chance / 4)));
}
