import { nanoUsdToDollars } from '../../domain/money.ts';
import type { GatewayResult } from '../../gateway/gateway-request.ts';

/** How a finished call is told on the house's routes. A count or a cost that nobody knows is null. */
export function encodeResult(result: GatewayResult, provider: string, model: string) {
  return {
    finishReason: result.finishReason,
    tokensIn: result.usage.input ?? null,
    tokensOut: result.usage.output ?? null,
    cost: result.costNanoUsd === null ? null : nanoUsdToDollars(result.costNanoUsd),
    provider,
    model,
  };
}
