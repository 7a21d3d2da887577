import { nanoUsdToDollars } from '../../domain/money.ts';
import type { AnsweredReport, GatewayResult } from '../../gateway/gateway-request.ts';

/** Encodes what a finished request amounts to for the native routes. An unknown count or cost is null. */
export function encodeResult(result: GatewayResult, { provider, model }: Pick<AnsweredReport, 'provider' | 'model'>) {
  return {
    finishReason: result.finishReason,
    tokensIn: result.usage.input ?? null,
    tokensOut: result.usage.output ?? null,
    cost: result.costNanoUsd === null ? null : nanoUsdToDollars(result.costNanoUsd),
    provider,
    model,
  };
}
