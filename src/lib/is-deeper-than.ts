/** Returns whether a value parsed from JSON is nested more than this many levels deep. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

/** Writing JSON is recursive and ends with the stack: what is written again may be no deeper than this. */
export const maxJsonDepth = 500;
