import type { GatewayError } from '../domain/errors.ts';
import type { FinishReason, TokenUsage } from '../domain/response.ts';
import { UnreadableReplyError } from '../providers/provider-error.ts';
import type { ModelPrices, PricedProvider, PriceSource } from '../usage/price-source.ts';
import { isFree, priceUsage } from '../usage/price-usage.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import { BrokenConnectionError } from './body-reader.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import type { GatewayRequest, RequestSize } from './gateway-request.ts';
import type { OutputAccumulator } from './output-accumulator.ts';

/** What is known of an attempt when it has ended. */
export interface EndedAttempt {
  readonly request: GatewayRequest;
  readonly size: () => RequestSize;
  readonly provider: PricedProvider;
  readonly model: string;
  /** The prices by which the request was admitted, where a limit counted its cost. */
  readonly admittedPrices?: ModelPrices | undefined;
  readonly reportedModel: string | undefined;
  readonly usage: TokenUsage | undefined;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly firstByteMs: number | undefined;
  readonly outcome: Outcome;
}

export type Outcome =
  | {
      readonly type: 'completed';
      readonly finishReason: FinishReason;
      /** The output, where its tokens can be estimated from it. */
      readonly output?: OutputAccumulator | undefined;
    }
  | {
      readonly type: 'ended_early';
      readonly reason: GatewayError | ClientDisconnectedError;
      /** The output of a stream until then; absent where nothing of the response was readable. */
      readonly output?: OutputAccumulator | undefined;
      /** Whether a response had begun whose output cannot be estimated. */
      readonly isUnmeasured?: boolean | undefined;
    };

/** Creates the ledger record of an attempt that has ended. */
export function createUsageRecord(end: EndedAttempt, prices: PriceSource): UsageRecord {
  const { request, outcome } = end;
  const { usage, source } = measureUsage(end);
  const at = new Date(end.startedAtMs);
  const price = priceAttempt(end, usage, at, prices);
  const early = outcome.type === 'ended_early' ? outcome.reason : undefined;
  return {
    requestId: request.requestId,
    clientRequestId: request.clientRequestId ?? null,
    tenantId: request.principal.tenantId,
    keyId: request.principal.keyId,
    source: request.source,
    provider: end.provider.id,
    model: end.model,
    reportedModel: end.reportedModel === undefined ? null : toPrintableAscii(end.reportedModel),
    status: early === undefined ? 'completed' : early instanceof ClientDisconnectedError ? 'client_gone' : 'failed',
    finishReason: outcome.type === 'completed' ? outcome.finishReason : null,
    errorCode: early === undefined || early instanceof ClientDisconnectedError ? null : early.code,
    inputTokens: usage.input ?? null,
    outputTokens: usage.output ?? null,
    cacheReadTokens: usage.cacheRead ?? null,
    cacheWriteTokens: usage.cacheWrite ?? null,
    cacheWriteOneHourTokens: usage.cacheWriteOneHour ?? null,
    reasoningTokens: usage.reasoning ?? null,
    tokenSource: source,
    costNanoUsd: price.costNanoUsd,
    priceVersion: price.priceVersion,
    firstByteMs: end.firstByteMs === undefined ? null : notNegative(end.firstByteMs),
    totalMs: notNegative(end.endedAtMs - end.startedAtMs),
    createdAt: at.toISOString(),
    attempt: 1,
    isLast: true,
    endUser: request.endUser ?? null,
  };
}

/**
 * Returns the tokens of an attempt: the provider's count, else an estimate of input and output. A response without readable
 * output has no estimate of its output: beside another count it is 0, so that what was counted has a price. A missing count
 * of a complete response of a free provider stays missing.
 */
function measureUsage({ size, usage, outcome, provider }: EndedAttempt): {
  usage: TokenUsage;
  source: UsageRecord['tokenSource'];
} {
  const counted = dropImplausibleCounts(usage);
  const { output: produced } = outcome;
  const isComplete = outcome.type === 'completed';
  const isCounted = hasTokens(counted);
  if ((produced !== undefined || isCounted) && !(isComplete && isFree(provider))) {
    const isCovered = isComplete || (produced?.counted ?? true);
    if (counted.input === undefined || counted.output === undefined || !isCovered) {
      const { input, replies = 1 } = size();
      // Of several choices only the first is decoded.
      const estimate = replies * (produced?.estimateTokens() ?? 0);
      const isFinal = isCovered && counted.output !== undefined;
      const output = isFinal ? counted.output : Math.max(counted.output ?? 0, estimate);
      return { usage: { ...counted, input: counted.input ?? input, output }, source: 'estimated' };
    }
  }
  return { usage: counted, source: isCounted ? 'provider' : 'none' };
}

/** Whether a usage has a count of tokens, and not only something that is billed beside them. */
function hasTokens({ input, output, cacheRead, cacheWrite, cacheWriteOneHour, reasoning }: TokenUsage): boolean {
  const counts = [input, output, cacheRead, cacheWrite, cacheWriteOneHour, reasoning];
  return counts.some((count) => count !== undefined);
}

/**
 * Prices an attempt. A request that the provider refused, or failed before its response began, costs nothing. One that it may have
 * worked on unseen (a time-out, a client that disconnected first, a broken connection) has an unknown price. A response that began
 * is billed, with its prompt.
 */
function priceAttempt(
  end: EndedAttempt,
  usage: TokenUsage,
  at: Date,
  prices: PriceSource,
): { costNanoUsd: bigint | null; priceVersion: string | null } {
  const { outcome, reportedModel, model, provider, admittedPrices } = end;
  if (outcome.type === 'ended_early' && !hasTokens(usage)) {
    const isUnknown = outcome.isUnmeasured || mayBeBilled(outcome.reason);
    return { costNanoUsd: isUnknown ? null : 0n, priceVersion: null };
  }
  return priceUsage({ provider, model, reportedModel, usage, at, admittedPrices }, prices);
}

/** Whether a provider may have worked on a request of whose response nothing could be read. */
function mayBeBilled(reason: GatewayError | ClientDisconnectedError): boolean {
  const isBroken = reason instanceof BrokenConnectionError || reason instanceof UnreadableReplyError;
  return isBroken || reason instanceof ClientDisconnectedError || reason.code === 'provider_timeout';
}

/** Drops counts that no ledger column takes, so that the row is never refused. */
function dropImplausibleCounts(usage: TokenUsage = {}): TokenUsage {
  const { unpriced, ...counts } = usage;
  const kept = Object.entries(counts).filter(
    ([, count = -1]) => Number.isInteger(count) && count >= 0 && count <= 2_147_483_647,
  );
  return { ...Object.fromEntries(kept), ...(unpriced && { unpriced }) };
}

/** A duration by the wall clock, which may be set back in between. */
function notNegative(ms: number): number {
  return Math.max(0, Math.round(ms));
}

/** Makes a provider's text safe for any column and log: ASCII of bounded length. */
function toPrintableAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
