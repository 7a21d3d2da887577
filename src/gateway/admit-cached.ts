import { toGatewayError } from '../domain/errors.ts';
import { cachePriceVersion } from '../domain/ledger.ts';
import type { Limits } from '../domain/limits.ts';
import type { RequestReport } from '../domain/request-report.ts';
import type { CachedReply } from '../reply-cache/cached-reply.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { GatewayRequest } from './gateway-request.ts';

type Dependencies = Pick<GatewayDependencies, 'admission' | 'recordUsage' | 'now'>;

const noUsage = { tokens: 0, costNanoUsd: 0n };

/**
 * Admits a request that an earlier reply answers, and records it: it counts towards the rate of requests and the concurrency, uses no
 * tokens and no money, and so is admitted where a budget is used up. Rejects as admission does.
 */
export async function admitCached(
  dependencies: Dependencies,
  request: GatewayRequest,
  reply: CachedReply,
  startedAtMs: number,
): Promise<RequestReport> {
  const work = admitAndRecord(dependencies, request, reply, startedAtMs);
  // The runtime drops a request whose client has disconnected: its slot would not be returned.
  request.waitUntil(work.catch(() => undefined));
  return await work;
}

async function admitAndRecord(
  { admission, recordUsage, now }: Dependencies,
  request: GatewayRequest,
  reply: CachedReply,
  startedAtMs: number,
): Promise<RequestReport> {
  const { requestId, waitUntil, principal } = request;
  const { tenantId, keyId } = principal;
  const { provider, model, route } = reply;
  const common = { requestId, tenantId, keyId, startedAtMs, waitUntil, estimate: () => noUsage };
  const limits = {
    keyLimits: removeBudgets(principal.keyLimits),
    tenantLimits: removeBudgets(principal.tenantLimits),
    endUser: request.endUser,
    keyEndUserLimits: removeBudgets(principal.keyEndUserLimits),
    tenantEndUserLimits: removeBudgets(principal.tenantEndUserLimits),
  };
  const admitStartedAtMs = now();
  const reservation = await admission.admit({ ...common, ...limits }).catch((error: unknown) => {
    const reason = toGatewayError(error);
    reason.addReport({ provider, model, route, attempts: 0, admitMs: now() - admitStartedAtMs });
    throw reason;
  });
  const admitMs = now() - admitStartedAtMs;
  reservation.settle(noUsage);
  request.log?.recordAttempt();
  request.log?.recordAttemptEnd({ route });
  const record = createRecord(request, reply, { startedAtMs, endedAtMs: now() });
  recordUsage({ records: [record], log: request.log }, waitUntil);
  return { provider, model, route, attempts: 0, limits: reservation.limits, admitMs };
}

/** By the limits with the budgets: admission keeps the rules of limits by the object, and so does the verifier of API keys the limits. */
const rates = new WeakMap<Limits, Limits>();

function removeBudgets(limits: Limits): Limits {
  const existing = rates.get(limits);
  if (existing) return existing;
  const { requestsPerMinute, tokensPerMinute, concurrency } = limits;
  const created = { requestsPerMinute, tokensPerMinute, concurrency };
  rates.set(limits, created);
  return created;
}

function createRecord(
  { requestId, clientRequestId, principal, source, endUser }: GatewayRequest,
  { provider, model, finishReason, costNanoUsd }: CachedReply,
  { startedAtMs, endedAtMs }: { readonly startedAtMs: number; readonly endedAtMs: number },
): UsageRecord {
  return {
    requestId,
    clientRequestId: clientRequestId ?? null,
    tenantId: principal.tenantId,
    keyId: principal.keyId,
    source,
    provider,
    model,
    reportedModel: null,
    status: 'completed',
    finishReason,
    errorCode: null,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    cacheWriteOneHourTokens: null,
    reasoningTokens: null,
    tokenSource: 'none',
    costNanoUsd: 0n,
    savedNanoUsd: costNanoUsd,
    priceVersion: cachePriceVersion,
    // No provider has answered: the percentiles of first bytes are those of providers.
    firstByteMs: null,
    totalMs: Math.max(0, Math.round(endedAtMs - startedAtMs)),
    createdAt: new Date(startedAtMs).toISOString(),
    attempt: 1,
    isLast: true,
    endUser: endUser ?? null,
  };
}
