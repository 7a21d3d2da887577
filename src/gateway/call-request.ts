import type { ChatCall } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import type { FinishReason, TokenUsage } from '../core/completion.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { PriceList } from '../usage/price-list.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import type { Timeouts } from './deadlines.ts';

/** A call on its way into the gateway: who asks, for what, of whom. */
export interface CallRequest {
  /** `req_…`: the key of the call's one row in the ledger. */
  readonly requestId: string;
  /** The caller's own x-request-id. */
  readonly clientRequestId?: string | undefined;
  readonly caller: Caller;
  readonly source: UsageRecord['source'];
  /** As the caller named it; absent where the model or the configuration decides. */
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly call: Omit<ChatCall, 'model'>;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Keeps work alive that goes on behind the reply. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** What the gateway needs of the rest of the house. */
export interface GatewayDependencies {
  readonly registry: ProviderRegistry;
  readonly timeouts: Timeouts;
  readonly prices: PriceList;
  /** Takes the call's row, exactly once. */
  readonly recordUsage: (record: UsageRecord, waitUntil: CallRequest['waitUntil']) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a finished call came to. */
export interface CallResult {
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
  /** Nano-dollars; null where the price or a count is unknown. */
  readonly costNanoUsd: bigint | null;
}
