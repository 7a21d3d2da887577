import type { FinishReason, TokenUsage } from '../core/completion.ts';
import type { GatewayError } from '../core/errors.ts';
import type { PriceSource } from '../usage/price-source.ts';
import { priceUsage } from '../usage/price-usage.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import type { CallSize, GatewayRequest } from './call-request.ts';
import { ClientGoneError } from './deadlines.ts';
import type { ProducedText } from './produced-text.ts';

/** What is known of a call when it ends. */
export interface CallEnd {
  readonly request: GatewayRequest;
  readonly size: () => CallSize;
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
  | { readonly type: 'completed'; readonly finishReason: FinishReason }
  | {
      readonly type: 'ended_early';
      readonly reason: GatewayError | ClientGoneError;
      /** What had been produced of a stream; absent where nothing of the reply was readable. */
      readonly produced?: ProducedText | undefined;
    };

/** The ledger's record of a call that has ended. */
export function settle(end: CallEnd, prices: PriceSource): UsageRecord {
  const { request, outcome } = end;
  const { usage, source } = measure(end);
  const at = new Date(end.startedAtMs);
  const price = priceOf(end, usage, at, prices);
  const early = outcome.type === 'ended_early' ? outcome.reason : undefined;
  return {
    requestId: request.requestId,
    clientRequestId: request.clientRequestId ?? null,
    tenantId: request.caller.tenantId,
    keyId: request.caller.keyId,
    source: request.source,
    provider: end.providerId,
    model: end.model,
    reportedModel: end.reportedModel === undefined ? null : printable(end.reportedModel),
    status: early === undefined ? 'completed' : early instanceof ClientGoneError ? 'client_gone' : 'failed',
    finishReason: outcome.type === 'completed' ? outcome.finishReason : null,
    errorCode: early === undefined || early instanceof ClientGoneError ? null : early.code,
    inputTokens: usage.input ?? null,
    outputTokens: usage.output ?? null,
    cacheReadTokens: usage.cacheRead ?? null,
    cacheWriteTokens: usage.cacheWrite ?? null,
    cacheWriteOneHourTokens: usage.cacheWriteOneHour ?? null,
    reasoningTokens: usage.reasoning ?? null,
    tokenSource: source,
    costNanoUsd: price.costNanoUsd?.toString() ?? null,
    priceVersion: price.priceVersion,
    firstByteMs: end.firstByteMs === undefined ? null : notNegative(end.firstByteMs),
    totalMs: notNegative(end.endedAtMs - end.startedAtMs),
    createdAt: at.toISOString(),
  };
}

/** The tokens of a call: the provider's count where it came, else an estimate of what went in and what came out. */
function measure({ size, usage, outcome }: CallEnd): { usage: TokenUsage; source: UsageRecord['tokenSource'] } {
  const counted = plausible(usage);
  if (outcome.type === 'ended_early' && outcome.produced !== undefined) {
    const { counted: covered } = outcome.produced;
    if (counted.input === undefined || counted.output === undefined || !covered) {
      const isFinal = covered && counted.output !== undefined;
      const output = isFinal ? counted.output : Math.max(counted.output ?? 0, outcome.produced.estimateTokens());
      const input = counted.input ?? size().input;
      return { usage: { ...counted, input, output }, source: 'estimated' };
    }
  }
  return { usage: counted, source: Object.keys(counted).length > 0 ? 'provider' : 'none' };
}

/**
 * The price of a call. One that the provider refused, or failed before its reply began, costs nothing; one that it may have
 * worked on unseen (a time-out, a client that left first) has an unknown price; a reply that began is billed, its prompt too.
 */
function priceOf(
  end: CallEnd,
  usage: TokenUsage,
  at: Date,
  prices: PriceSource,
): { costNanoUsd: bigint | null; priceVersion: string | null } {
  const { outcome, reportedModel, model, providerId } = end;
  if (outcome.type === 'ended_early' && Object.keys(usage).length === 0) {
    const refused = !(outcome.reason instanceof ClientGoneError) && outcome.reason.code !== 'provider_timeout';
    return { costNanoUsd: refused ? 0n : null, priceVersion: null };
  }
  return priceUsage({ provider: providerId, model, reportedModel, usage, at }, prices);
}

/** Counts that can be counts; the others are as good as missing, for a ledger row must never be refused. */
function plausible(usage: TokenUsage = {}): TokenUsage {
  return Object.fromEntries(
    Object.entries(usage).filter(([, count]) => Number.isInteger(count) && count >= 0 && count <= 2_147_483_647),
  );
}

/** A span by the wall clock, which may be set back in between. */
function notNegative(ms: number): number {
  return Math.max(0, Math.round(ms));
}

/** A provider's own text, made safe for any column and any log: ASCII, and of a bounded length. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
