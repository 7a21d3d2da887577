import { toGatewayError } from '../domain/errors.ts';
import type { StreamEnd } from '../domain/stream-end.ts';
import { countSubrequest } from '../lib/subrequest-counter.ts';
import type { AdmissionRequest } from '../limits/types.ts';
import type { ModelPrices } from '../usage/price-source.ts';
import { isFree } from '../usage/price-usage.ts';
import { Attempt } from './attempt.ts';
import { chooseTarget } from './choose-target.ts';
import { estimateMaxCost } from './estimate-max-cost.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { GatewayRequest, RequestSize, Target, UnmeasuredRequest } from './gateway-request.ts';
import { RequestMeasure } from './measure-request.ts';

/**
 * Chooses the target of a request and admits it within the limits of its API key and its tenant. Rejects with a GatewayError
 * where it is refused: no provider has seen it then, and there is nothing to bill.
 */
export async function startAttempt(
  dependencies: GatewayDependencies,
  request: GatewayRequest,
  size: () => UnmeasuredRequest,
): Promise<Attempt> {
  const { admission, now, prices } = dependencies;
  const pricesRead = prices.ready(request.waitUntil);
  const target = request.target ?? (await chooseTarget(dependencies, request));
  if (pricesRead && !isFree(target.provider)) await pricesRead;
  const { tenantId, keyId, keyLimits, tenantLimits, keyEndUserLimits, tenantEndUserLimits } = request.principal;
  const { series } = request;
  const startedAtMs = now();
  const at = new Date(startedAtMs);
  const measure = new RequestMeasure(size, target);
  let admittedPrices: ModelPrices | undefined;
  const price = (measured: RequestSize, priced: Target) => {
    const maxCost = estimateMaxCost(measured, { ...priced, at }, prices);
    if (priced === target && maxCost.costNanoUsd !== null) {
      admittedPrices = prices.findFirst(target.provider, [target.model], at);
    }
    return maxCost;
  };
  const estimate = (priced: Target) => {
    const measured = (priced === target ? measure : new RequestMeasure(size, priced)).measure();
    return measured instanceof Promise ? measured.then((done) => price(done, priced)) : price(measured, priced);
  };
  const admissionRequest: AdmissionRequest = {
    requestId: request.requestId,
    tenantId,
    keyId,
    keyLimits,
    tenantLimits,
    endUser: request.endUser,
    keyEndUserLimits,
    tenantEndUserLimits,
    startedAtMs,
    estimate: () => estimate(target),
    waitUntil: request.waitUntil,
    reductionHint: request.reductionHint,
  };
  const admitted = series ? series.reserve(admissionRequest, estimate) : admission.admit(admissionRequest);
  // The runtime drops a request whose client has disconnected unless work is kept alive: its reservation would never be
  // returned, and its row never be written.
  const ended = Promise.withResolvers<StreamEnd>();
  request.waitUntil(ended.promise);
  const reservation = await admitted.catch((error: unknown) => {
    const reason = toGatewayError(error);
    reason.addReport({ provider: target.provider.id, model: target.model, admitMs: now() - startedAtMs });
    ended.resolve({ outcome: 'failed', error: reason });
    throw reason;
  });
  const admitMs = now() - startedAtMs;
  const admittedRequest = { measure, prices: admittedPrices, reservation, startedAtMs, admitMs, ended };
  // Every attempt is one request to its provider.
  countSubrequest();
  return new Attempt(dependencies, request, { ...target, ...admittedRequest });
}
