import { ReplyCache } from '../../src/reply-cache/reply-cache.ts';
import { TargetHealth } from '../../src/routing/target-health.ts';
import { createRouteBook } from './route-book.ts';

/** The parts of a gateway that has no routes and no replies. */
export const noRoutes = {
  routes: createRouteBook(),
  health: new TargetHealth(() => 0),
  replyCache: new ReplyCache({ openShared: () => caches.open('replies'), now: () => 0 }),
};
