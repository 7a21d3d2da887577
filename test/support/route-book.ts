import type { Route } from '../../src/domain/route.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { RouteBook } from '../../src/routing/route-book.ts';

/** A book of routes that never changes, by default without any. */
export function createRouteBook(routes: readonly Route[] = []): RouteBook {
  const logger = createLogger('error', () => undefined);
  return new RouteBook({ load: async () => [], file: routes, logger, now: () => 0 });
}
