import type { Admission } from '../limits/admission.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { ReplyCache } from '../reply-cache/reply-cache.ts';
import type { RouteBook } from '../routing/route-book.ts';
import type { TargetHealth } from '../routing/target-health.ts';
import type { PriceBook } from '../usage/price-book.ts';
import type { SettledRequest } from '../usage/usage-recorder.ts';
import type { ByokProviders } from './byok-providers.ts';
import type { Continuity } from './continuity/continuity.ts';
import type { Timeouts } from './deadlines.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { ModelLists } from './model-lists.ts';

/** The parts of the Worker that the gateway works with. */
export interface GatewayDependencies {
  readonly registry: ProviderRegistry;
  readonly byokProviders: ByokProviders;
  readonly modelLists: ModelLists;
  readonly timeouts: Timeouts;
  readonly admission: Pick<Admission, 'admit'>;
  readonly prices: PriceBook;
  readonly continuity: Continuity;
  readonly routes: RouteBook;
  /** Which targets of routes fail. */
  readonly health: TargetHealth;
  readonly replyCache: ReplyCache;
  /** Takes a request that has ended, with the ledger record of each of its attempts. Called exactly once. */
  readonly recordUsage: (settled: SettledRequest, waitUntil: GatewayRequest['waitUntil']) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
