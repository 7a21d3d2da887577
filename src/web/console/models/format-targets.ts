import type { TargetSettingsFragment } from './models.generated.ts';

type Target = Pick<TargetSettingsFragment, 'provider' | 'model' | 'tier' | 'weight'>;

/**
 * Formats targets in the order in which they are tried: tiers behind each other, and the targets of a tier with their shares, such as
 * `openai/gpt-4o-mini 80 % or claude/claude-haiku-4-5 20 %, then stub/stub`.
 */
export function formatTargets(targets: readonly Target[]): string {
  const tiers = Object.entries(Object.groupBy(targets, ({ tier }) => tier)).toSorted(
    ([left], [right]) => Number(left) - Number(right),
  );
  return tiers.map(([, members = []]) => formatTier(members)).join(', then ');
}

function formatTier(targets: readonly Target[]): string {
  const sum = targets.reduce((total, { weight }) => total + weight, 0);
  const sorted = targets.toSorted((left, right) => right.weight - left.weight);
  return sorted
    .map(({ provider, model, weight }) => {
      const share = targets.length === 1 ? '' : ` ${Math.round((100 * weight) / sum)} %`;
      return `${provider}/${model}${share}`;
    })
    .join(' or ');
}
