import { TargetHealth } from '../../src/routing/target-health.ts';

/** The parts of a gateway that has no routes. */
export const noRoutes = {
  routes: { ready: () => undefined, find: () => undefined },
  health: new TargetHealth(() => 0),
};
