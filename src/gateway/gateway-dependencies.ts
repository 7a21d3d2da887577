import type { Admission } from '../limits/admission.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { ReplyCache } from '../reply-cache/reply-cache.ts';
import type { RouteBook } from '../routing/route-book.ts';
import type { TargetHealth } from '../routing/target-health.ts';
import type { PriceBook } from '../usage/price-book.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
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
  /** Takes the ledger records of a request, one for each of its attempts. Called exactly once. */
  readonly recordUsage: (records: readonly UsageRecord[], waitUntil: GatewayRequest['waitUntil']) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
