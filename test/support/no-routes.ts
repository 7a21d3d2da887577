import { TargetHealth } from '../../src/routing/target-health.ts';
import { createRouteBook } from './route-book.ts';

/** The parts of a gateway that has no routes. */
export const noRoutes = {
  routes: createRouteBook(),
  health: new TargetHealth(() => 0),
};
