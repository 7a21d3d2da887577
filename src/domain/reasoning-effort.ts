/** How hard a model can be asked to think, from nothing to the most. Not every model has each. */
export const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

export type ReasoningEffort = (typeof reasoningEfforts)[number];

/**
 * Returns the effort as a model has it: the same, else the next lower one, else its lowest. Undefined for a model that has
 * none, because it cannot reason. `available` is in ascending order.
 */
export function clampEffort<Available extends ReasoningEffort>(
  effort: ReasoningEffort,
  available: readonly Available[],
): Available | undefined {
  const rank = reasoningEfforts.indexOf(effort);
  return available.findLast((other) => reasoningEfforts.indexOf(other) <= rank) ?? available[0];
}
