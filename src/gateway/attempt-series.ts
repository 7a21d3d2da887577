import type { Limits } from '../domain/limits.ts';
import type { AttemptSummary } from '../domain/request-report.ts';
import type { Route } from '../domain/route.ts';
import type { AdmissionRequest, MaxUsage, Reservation } from '../limits/types.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import type { Timeouts } from './deadlines.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { GatewayRequest, RequestSeries, Target } from './gateway-request.ts';
import type { Candidate, RoutePlan } from './route-plan.ts';

interface AttemptSeriesOptions {
  readonly dependencies: Pick<GatewayDependencies, 'admission' | 'health' | 'recordUsage' | 'now'>;
  readonly request: Pick<GatewayRequest, 'log' | 'waitUntil'>;
  readonly routeName: string | undefined;
  readonly promptCache: Route['promptCache'];
  readonly plan: RoutePlan;
  readonly startedAtMs: number;
}

/**
 * The attempts of one request over the targets of its route. They share one admission, so that the request counts once towards
 * its rates, and are settled together: with one row in the ledger for each, sent when the last one has ended.
 */
export class AttemptSeries implements RequestSeries {
  /** When the request started: the time of all its rows. */
  readonly startedAtMs: number;
  readonly routeName: string | undefined;
  readonly promptCache: Route['promptCache'];
  /** The failed attempts, for errors and the log. */
  readonly summaries: AttemptSummary[] = [];
  readonly #options: AttemptSeriesOptions;
  readonly #settled = Promise.withResolvers<void>();
  /** The targets of the attempts that were sent, in their order. */
  readonly #sent: Candidate[] = [];
  /** By the number of the attempt: a long prompt that no provider has counted is measured behind the next attempt. */
  readonly #records = new Map<number, UsageRecord>();
  #reservation: Reservation | undefined;
  /** For what later attempts cost beyond the first reservation. */
  readonly #extensions: Reservation[] = [];
  /** Whether a limit counts tokens or money. */
  #isEstimated = false;
  #reservedNanoUsd = 0n;
  /** What the ended attempts cost; an unknown cost counts as its maximum. */
  #spentNanoUsd = 0n;
  #attemptMaxNanoUsd = 0n;
  #isFinished = false;
  #hasAnswer = false;
  #candidate: Candidate | undefined;
  #isHeld = false;

  constructor(options: AttemptSeriesOptions) {
    this.#options = options;
    this.startedAtMs = options.startedAtMs;
    this.routeName = options.routeName;
    this.promptCache = options.promptCache;
  }

  /** Resolves when all attempts are settled. Never rejects. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** The number of the attempt that was sent last, from 1; 0 before. */
  get number(): number {
    return this.#sent.length;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get params(): Candidate['params'] {
    return this.#candidate?.params;
  }

  /** Whether the request was admitted within its limits. */
  get isAdmitted(): boolean {
    return this.#reservation !== undefined;
  }

  /** Prepares the attempt at a target. */
  prepare(candidate: Candidate, isHeld: boolean): void {
    this.#candidate = candidate;
    this.#isHeld = isHeld;
  }

  /** A stream has to begin before the route's deadline. */
  boundTimeouts(timeouts: Timeouts): Timeouts {
    const { dependencies, plan } = this.#options;
    const remainingMs = Math.max(1, plan.deadlineAtMs - dependencies.now());
    const firstByteMs = Math.min(this.#candidate?.firstByteTimeoutMs ?? timeouts.firstByteMs, remainingMs);
    return { ...timeouts, firstByteMs };
  }

  /**
   * Admits the first attempt with the maximum of all targets, and later ones with what is left of it, or with more money beside it.
   * Rejects as `Admission.admit` does.
   */
  async reserve(
    request: AdmissionRequest,
    estimate: (target: Target) => MaxUsage | Promise<MaxUsage>,
  ): Promise<Reservation> {
    const candidate = this.#candidate;
    if (!candidate) throw new Error('no attempt was prepared');
    const reservation = this.#reservation ?? (await this.#admit(request, candidate, estimate));
    if (this.number > 0 && this.#isEstimated) await this.#extend(request, await estimate(candidate));
    this.#reservation = reservation;
    this.#sent.push(candidate);
    this.#options.plan.countAttempt();
    return { ...reservation, settle: () => undefined };
  }

  async #admit(
    request: AdmissionRequest,
    candidate: Candidate,
    estimate: (target: Target) => MaxUsage | Promise<MaxUsage>,
  ): Promise<Reservation> {
    return await this.#options.dependencies.admission.admit({
      ...request,
      startedAtMs: this.startedAtMs,
      estimate: async () => {
        this.#isEstimated = true;
        const own = await estimate(candidate);
        this.#attemptMaxNanoUsd = own.costNanoUsd ?? 0n;
        // A target of unknown price is refused where a budget counts it, and takes none of the others' money.
        if (own.costNanoUsd === null) return own;
        let maxUsage = own;
        for (const other of this.#options.plan.candidates) {
          // One model costs the same with each API key.
          if (other.provider.id === candidate.provider.id && other.model === candidate.model) continue;
          const otherUsage = await estimate(other);
          if (otherUsage.costNanoUsd !== null) maxUsage = combineMaxUsage(maxUsage, otherUsage);
        }
        this.#reservedNanoUsd = maxUsage.costNanoUsd ?? 0n;
        return maxUsage;
      },
    });
  }

  /** Reserves the money that is missing for a further attempt beside what the others have cost. */
  async #extend(request: AdmissionRequest, { costNanoUsd }: MaxUsage): Promise<void> {
    this.#attemptMaxNanoUsd = costNanoUsd ?? 0n;
    const missing = costNanoUsd === null ? null : this.#spentNanoUsd + costNanoUsd - this.#reservedNanoUsd;
    if (missing !== null && missing <= 0n) return;
    const extension = await this.#options.dependencies.admission.admit({
      ...request,
      startedAtMs: this.startedAtMs,
      keyLimits: selectBudgets(request.keyLimits),
      tenantLimits: selectBudgets(request.tenantLimits),
      keyEndUserLimits: request.keyEndUserLimits && selectBudgets(request.keyEndUserLimits),
      tenantEndUserLimits: request.tenantEndUserLimits && selectBudgets(request.tenantEndUserLimits),
      estimate: () => ({ tokens: 0, costNanoUsd: missing }),
    });
    this.#extensions.push(extension);
    this.#reservedNanoUsd += missing ?? 0n;
  }

  /** Takes the ledger record of an attempt, by its number. It is sent with those of all others. */
  record(number: number, record: UsageRecord): void {
    this.#records.set(number, record);
    this.#recordHealth(number, record);
    this.#spentNanoUsd += record.costNanoUsd ?? this.#attemptMaxNanoUsd;
    this.#settleIfEnded();
  }

  /** A reply that breaks off behind its first content is a failure of its target, though no other one is asked. */
  #recordHealth(number: number, { status, errorCode }: UsageRecord): void {
    const candidate = this.#sent[number - 1];
    if (!candidate) return;
    const { provider, model } = candidate;
    const { health } = this.#options.dependencies;
    if (status === 'completed') health.recordSuccess(provider, model);
    else if (this.#hasAnswer && (errorCode === 'provider_error' || errorCode === 'provider_timeout')) {
      health.recordFailure(provider, model);
    }
  }

  /** Keeps what is reserved alive while no attempt is under way. */
  keepAlive(): void {
    for (const { keepAlive } of [this.#reservation, ...this.#extensions].filter((one) => one !== undefined))
      keepAlive?.();
  }

  /** Ends the series: the last attempt has answered, or none has, and no other is made. */
  finish(hasAnswer: boolean): void {
    this.#hasAnswer = hasAnswer;
    this.#isFinished = true;
    this.#settleIfEnded();
  }

  #settleIfEnded(): void {
    if (!this.#isFinished || this.#records.size < this.number) return;
    const { dependencies, request } = this.#options;
    const records = [...this.#records]
      .sort(([left], [right]) => left - right)
      .map(([attempt, record]) => ({ ...record, attempt, isLast: attempt === this.number }));
    const tokens = records.reduce(
      (sum, { inputTokens, outputTokens }) => sum + (inputTokens ?? 0) + (outputTokens ?? 0),
      0,
    );
    const costNanoUsd = records.reduce((sum, record) => sum + (record.costNanoUsd ?? 0n), 0n);
    this.#reservation?.settle({ tokens, costNanoUsd });
    for (const extension of this.#extensions) extension.settle({ tokens: 0, costNanoUsd: 0n });
    if (records.length > 0) dependencies.recordUsage({ records, log: request.log }, request.waitUntil);
    this.#settled.resolve();
  }
}

function combineMaxUsage(left: MaxUsage, right: MaxUsage): MaxUsage {
  const tokens = Math.max(left.tokens, right.tokens);
  const visibleTokens = Math.max(left.visibleTokens ?? left.tokens, right.visibleTokens ?? right.tokens);
  return { tokens, visibleTokens, costNanoUsd: maxCost(left, right) };
}

function maxCost({ costNanoUsd: left }: MaxUsage, { costNanoUsd: right }: MaxUsage): bigint {
  return (left ?? 0n) > (right ?? 0n) ? (left ?? 0n) : (right ?? 0n);
}

function selectBudgets({ dailyBudgetNanoUsd, monthlyBudgetNanoUsd }: Limits): Limits {
  return { dailyBudgetNanoUsd, monthlyBudgetNanoUsd };
}
