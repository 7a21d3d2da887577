import type { RouteTarget } from '../domain/route.ts';

/**
 * Returns targets in the order in which they are tried: by tier, and inside a tier in a weighted random order, in which each
 * is the first with a probability of its share of the weights. `sample` returns a number in (0, 1) for a target: a random one, or,
 * where a client is to stay on its target, one that is always the same for both. Targets that come and go move no other client
 * then. Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006).
 */
export function orderTargets<Target extends Pick<RouteTarget, 'tier' | 'weight'>>(
  targets: readonly Target[],
  sample: (target: Target) => number,
): Target[] {
  return targets
    .map((target) => ({ target, waitingTime: -Math.log(sample(target)) / target.weight }))
    .sort((left, right) => left.target.tier - right.target.tier || left.waitingTime - right.waitingTime)
    .map(({ target }) => target);
}
