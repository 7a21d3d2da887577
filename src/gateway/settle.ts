import type { GatewayError } from '../domain/errors.ts';
import type { FinishReason, TokenUsage } from '../domain/response.ts';
import { UnreadableReplyError } from '../providers/provider-error.ts';
import type { PriceSource } from '../usage/price-source.ts';
import { isFree, priceUsage } from '../usage/price-usage.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import { BrokenConnectionError } from './body-reader.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import type { GatewayRequest, RequestSize } from './gateway-request.ts';
import type { OutputAccumulator } from './output-accumulator.ts';

/** What is known of a call when it ends. */
export interface EndedAttempt {
  readonly request: GatewayRequest;
  readonly size: () => RequestSize;
  readonly providerId: string;
  readonly model: string;
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
      /** What the reply consists of, where it can be estimated from that. */
      readonly produced?: OutputAccumulator | undefined;
    }
  | {
      readonly type: 'ended_early';
      readonly reason: GatewayError | ClientDisconnectedError;
      /** What had been produced of a stream; absent where nothing of the reply was readable. */
      readonly produced?: OutputAccumulator | undefined;
    };

/** The ledger's record of a call that has ended. */
export function createUsageRecord(end: EndedAttempt, prices: PriceSource): UsageRecord {
  const { request, outcome } = end;
  const { usage, source } = measure(end);
  const at = new Date(end.startedAtMs);
  const price = priceOf(end, usage, at, prices);
  const early = outcome.type === 'ended_early' ? outcome.reason : undefined;
  return {
    requestId: request.requestId,
    clientRequestId: request.clientRequestId ?? null,
    tenantId: request.principal.tenantId,
    keyId: request.principal.keyId,
    source: request.source,
    provider: end.providerId,
    model: end.model,
    reportedModel: end.reportedModel === undefined ? null : printable(end.reportedModel),
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
  };
}

/**
 * The tokens of a call: the provider's count where it came, else an estimate of what went in and what came out. Of a call that
 * costs nothing and is complete, what is not known stays so.
 */
function measure({ size, usage, outcome, providerId }: EndedAttempt): {
  usage: TokenUsage;
  source: UsageRecord['tokenSource'];
} {
  const counted = plausible(usage);
  const { produced } = outcome;
  const isComplete = outcome.type === 'completed';
  if (produced !== undefined && !(isComplete && isFree(providerId))) {
    const isCovered = isComplete || produced.counted;
    if (counted.input === undefined || counted.output === undefined || !isCovered) {
      const { input, replies = 1 } = size();
      // Of several replies the first is read.
      const estimate = replies * produced.estimateTokens();
      const isFinal = isCovered && counted.output !== undefined;
      const output = isFinal ? counted.output : Math.max(counted.output ?? 0, estimate);
      return { usage: { ...counted, input: counted.input ?? input, output }, source: 'estimated' };
    }
  }
  return { usage: counted, source: Object.keys(counted).length > 0 ? 'provider' : 'none' };
}

/**
 * The price of a call. One that the provider refused, or failed before its reply began, costs nothing; one that it may have
 * worked on unseen (a time-out, a client that left first, a reply that broke off) has an unknown price; a reply that began is billed, its prompt too.
 */
function priceOf(
  end: EndedAttempt,
  usage: TokenUsage,
  at: Date,
  prices: PriceSource,
): { costNanoUsd: bigint | null; priceVersion: string | null } {
  const { outcome, reportedModel, model, providerId } = end;
  if (outcome.type === 'ended_early' && Object.keys(usage).length === 0) {
    return { costNanoUsd: mayHaveWorked(outcome.reason) ? null : 0n, priceVersion: null };
  }
  return priceUsage({ provider: providerId, model, reportedModel, usage, at }, prices);
}

/** Whether a provider may have worked on a call of whose reply nothing could be read. */
function mayHaveWorked(reason: GatewayError | ClientDisconnectedError): boolean {
  const isBroken = reason instanceof BrokenConnectionError || reason instanceof UnreadableReplyError;
  return isBroken || reason instanceof ClientDisconnectedError || reason.code === 'provider_timeout';
}

/** Counts that can be counts; the others are as good as missing, for a ledger row must never be refused. */
function plausible(usage: TokenUsage = {}): TokenUsage {
  const { unpriced, ...counts } = usage;
  const kept = Object.entries(counts).filter(
    ([, count = -1]) => Number.isInteger(count) && count >= 0 && count <= 2_147_483_647,
  );
  return { ...Object.fromEntries(kept), ...(unpriced && { unpriced }) };
}

/** A span by the wall clock, which may be set back in between. */
function notNegative(ms: number): number {
  return Math.max(0, Math.round(ms));
}

/** A provider's own text, made safe for any column and any log: ASCII, and of a bounded length. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
