import { isFree } from '../usage/price-usage.ts';
import { Attempt } from './attempt.ts';
import { chooseProvider } from './choose-provider.ts';
import { estimateMaxCost } from './estimate-max-cost.ts';
import type { GatewayDependencies, GatewayRequest, RequestSize } from './gateway-request.ts';

/**
 * The one way to a provider: chooses it, and makes a place for the call within the limits of its key and its tenant. Rejects
 * with a GatewayError where the call is refused; nothing has been asked of a provider then, and there is nothing to bill.
 */
export async function startAttempt(
  dependencies: GatewayDependencies,
  request: GatewayRequest,
  size: () => RequestSize,
): Promise<Attempt> {
  const { admission, now, prices } = dependencies;
  const pricesRead = prices.ready(request.waitUntil);
  const target = request.target ?? (await chooseProvider(dependencies, request));
  if (pricesRead && !isFree(target.provider.id)) await pricesRead;
  const { tenantId, keyId, keyLimits, tenantLimits } = request.principal;
  const startedAtMs = now();
  const asked = { provider: target.provider.id, model: target.model, at: new Date(startedAtMs) };
  const admitted = admission.admit({
    tenantId,
    keyId,
    keyLimits,
    tenantLimits,
    startedAtMs,
    estimate: () => estimateMaxCost(size(), asked, prices),
    waitUntil: request.waitUntil,
    onStatus: (limits) => request.noteLimits?.(limits, now() - startedAtMs),
  });
  // The runtime drops a request whose client has left, unless work is kept: what has been drawn for it would be handed back by
  // nobody, and a call has to live to see its row.
  const ended = Promise.withResolvers<void>();
  request.waitUntil(ended.promise);
  const reservation = await admitted.catch((refusal: unknown) => {
    ended.resolve();
    throw refusal;
  });
  return new Attempt(dependencies, request, { ...target, size, reservation, startedAtMs, ended: ended.resolve });
}
