import { divideHalfUp, type NanoUsd } from '../domain/money.ts';
import type { TokenUsage } from '../domain/response.ts';
import type { TokenPrices } from './price-data.ts';
import type { ModelPrices, PricedProvider, PriceSource } from './price-source.ts';
import { type Rate, yoctoUsdPerNanoUsd } from './rate.ts';

/** A call, as far as its price depends on it. */
export interface PricedRequest {
  readonly provider: PricedProvider;
  /** The model of the request, without a `provider/` prefix. */
  readonly model: string;
  /** The model that the provider says has answered. Its price counts where it is known. */
  readonly reportedModel?: string | undefined;
  readonly usage: TokenUsage | undefined;
  /** When the call was made: prices change by date and by time of day. */
  readonly at: Date;
  /** The prices by which the call was admitted, for where the source has none any more. */
  readonly admittedPrices?: ModelPrices | undefined;
}

/** A price that is not known is null, never 0. The version says where it stands, `free` that none was needed. */
export type RequestPrice =
  | { readonly costNanoUsd: NanoUsd; readonly priceVersion: string }
  | { readonly costNanoUsd: null; readonly priceVersion: null };

/** Returns whether a provider's calls are free. */
export function isFree({ pricingVendor }: Pick<PricedProvider, 'pricingVendor'>): boolean {
  return pricingVendor === null;
}

/** Returns what a call cost, exactly, rounded once at the end: half up, to the nano-dollar. */
export function priceUsage(call: PricedRequest, source: PriceSource): RequestPrice {
  const { provider, model, reportedModel, usage, at, admittedPrices } = call;
  if (isFree(provider)) return { costNanoUsd: 0n, priceVersion: 'free' };
  if (!usage || usage.unpriced) return unknownPrice;
  const models = reportedModel === undefined ? [model] : [reportedModel, model];
  return (
    priceBy(source.findFirst(provider, models, at), usage) ??
    // The reported model may lack a price that the requested one has.
    (reportedModel === undefined ? undefined : priceBy(source.findFirst(provider, [model], at), usage)) ??
    priceBy(admittedPrices, usage) ??
    unknownPrice
  );
}

const unknownPrice: RequestPrice = { costNanoUsd: null, priceVersion: null };

function priceBy(prices: ModelPrices | undefined, usage: TokenUsage): RequestPrice | undefined {
  const cost = prices && costOf(usage, prices);
  if (!prices || cost === undefined) return undefined;
  return { costNanoUsd: divideHalfUp(cost, yoctoUsdPerNanoUsd), priceVersion: prices.version };
}

/**
 * Yocto-dollars, or undefined where a count or a price is missing that is needed. A vendor whose parts add up to more than
 * their whole is charged the parts, and never less than nothing for the rest.
 */
function costOf(usage: TokenUsage, rates: TokenPrices<Rate>): bigint | undefined {
  const inputTokens = readCount(usage.input);
  const outputTokens = readCount(usage.output);
  // A model that only reads (an embedding) has no price for output, and its provider counts none.
  const isOutputCounted = rates.output === undefined ? !outputTokens : outputTokens !== undefined;
  if (rates.input === undefined || inputTokens === undefined || !isOutputCounted) return undefined;
  const webSearches = readCount(usage.webSearches) ?? 0;
  if (webSearches > 0 && rates.webSearch === undefined) return undefined;
  const imageInput = readCount(usage.imageInput) ?? 0;
  const audioInput = readCount(usage.audioInput) ?? 0;
  if ((imageInput > 0 && !rates.inputImage) || (audioInput > 0 && !rates.inputAudio)) return undefined;
  const imageOutput = readCount(usage.imageOutput) ?? 0;
  const audioOutput = readCount(usage.audioOutput) ?? 0;

  const cacheRead = readCount(usage.cacheRead) ?? 0;
  const oneHour = readCount(usage.cacheWriteOneHour) ?? 0;
  const shortLived = rest(readCount(usage.cacheWrite) ?? 0, oneHour);
  const reasoning = readCount(usage.reasoning) ?? 0;
  const shortLivedRate = rates.cacheWrite ?? rates.input;
  const parts: readonly (readonly [number, Rate | undefined])[] = [
    [rest(inputTokens, cacheRead + shortLived + oneHour + imageInput + audioInput), rates.input],
    [imageInput, rates.inputImage],
    [audioInput, rates.inputAudio],
    [cacheRead, rates.cacheRead ?? rates.input],
    [shortLived, shortLivedRate],
    [oneHour, rates.cacheWriteOneHour ?? shortLivedRate],
    [rest(outputTokens ?? 0, reasoning + imageOutput + audioOutput), rates.output],
    // The price list has one price of output for a model that only draws or only speaks.
    [imageOutput, rates.outputImage ?? rates.output],
    [audioOutput, rates.outputAudio ?? rates.output],
    [reasoning, rates.reasoning ?? rates.output],
    [webSearches, rates.webSearch],
  ];
  let cost = 0n;
  for (const [count, rate] of parts) if (rate && count > 0) cost += BigInt(count) * priceFor(rate, inputTokens);
  return cost;
}

/** Tiers go by all input tokens, cached ones included, and hold for every token of the request, output too. */
function priceFor(rate: Rate, inputTokens: number): bigint {
  return rate.tiers.findLast(({ above }) => inputTokens > above)?.price ?? rate.base;
}

function rest(whole: number, part: number): number {
  return Math.max(0, whole - part);
}

/** What is not a count (negative, a fraction, beyond all reason) is one that was not sent. */
function readCount(count: number | undefined): number | undefined {
  return Number.isSafeInteger(count) && count !== undefined && count >= 0 ? count : undefined;
}
