import type { RequestPrincipal } from '../domain/principal.ts';
import type { ChatRequest } from '../domain/request.ts';
import type { FinishReason, TokenUsage } from '../domain/response.ts';
import type { Admission } from '../limits/admission.ts';
import type { LimitStatus } from '../limits/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { PriceBook } from '../usage/price-book.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import type { ByokProviders } from './byok-providers.ts';
import type { Timeouts } from './deadlines.ts';

/** Who answers a call. */
export interface Target {
  readonly provider: Provider;
  readonly model: string;
}

/** How large a call is, as far as that can be told before it is made. */
export interface RequestSize {
  /** An estimate of the tokens that go in. */
  readonly input: number;
  /** The most tokens that it lets come out; undefined: as many as the model can write. */
  readonly maxOutput: number | undefined;
  /** How many replies are asked for at once. One, where it is absent. */
  readonly replies?: number | undefined;
  /** Whether it has parts that go to the provider's cache, which may cost more. */
  readonly caches?: boolean | undefined;
  /** Whether it asks for something that has a price of its own that no list knows. */
  readonly unpriced?: boolean | undefined;
}

/** A request on its way into the gateway: who asks, and of whom. */
export interface GatewayRequest {
  /** `req_…`: the key of the call's one row in the ledger. */
  readonly requestId: string;
  /** The caller's own x-request-id. */
  readonly clientRequestId?: string | undefined;
  readonly principal: RequestPrincipal;
  readonly source: UsageRecord['source'];
  /** As the caller named it; absent where the model or the configuration decides. */
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** Who answers, where that has been chosen already, by `chooseProvider` and for this request. */
  readonly target?: Target | undefined;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Keeps work alive that goes on behind the reply. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Told how the caller's limits stand, and how long it took to ask, once the call has been let in or refused. */
  readonly noteLimits?: ((limits: readonly LimitStatus[], admitMs: number) => void) | undefined;
}

/** A request for a call in the gateway's own words. */
export interface ChatGatewayRequest extends GatewayRequest {
  readonly chat: Omit<ChatRequest, 'model'>;
}

/** What the gateway needs of the rest of the house. */
export interface GatewayDependencies {
  readonly registry: ProviderRegistry;
  readonly tenantProviders: ByokProviders;
  readonly timeouts: Timeouts;
  readonly admission: Pick<Admission, 'admit'>;
  readonly prices: PriceBook;
  /** Takes the call's row, exactly once. */
  readonly recordUsage: (record: UsageRecord, waitUntil: ChatGatewayRequest['waitUntil']) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a finished call came to. */
export interface GatewayResult {
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
  /** Nano-dollars; null where the price or a count is unknown. */
  readonly costNanoUsd: bigint | null;
}
