import { GatewayError, toGatewayError } from '../domain/errors.ts';
import type { RequestReport } from '../domain/request-report.ts';
import type { StreamEvent, TokenUsage } from '../domain/response.ts';
import type { StreamEnd } from '../domain/stream-end.ts';
import type { Reservation } from '../limits/types.ts';
import type { Provider } from '../providers/provider.ts';
import { UnreadableReplyError } from '../providers/provider-error.ts';
import { readUpstreamRequestId } from '../providers/reply-headers.ts';
import type { ModelPrices } from '../usage/price-source.ts';
import { ClientDisconnectedError, Deadlines } from './deadlines.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type {
  AnsweredReport,
  AttemptObserver,
  GatewayRequest,
  GatewayResult,
  RequestSize,
  Target,
} from './gateway-request.ts';
import type { RequestMeasure } from './measure-request.ts';
import { mergeUsage } from './merge-usage.ts';
import type { OutputAccumulator } from './output-accumulator.ts';
import { createUsageRecord, type Outcome } from './settle.ts';
import { getTokenFactor } from './token-factor.ts';

/** An admitted request. */
export interface AdmittedRequest extends Target {
  readonly reservation: Reservation;
  /** When admission was requested: the time that the request is charged to. */
  readonly startedAtMs: number;
  /** How long admission took. */
  readonly admitMs: number;
  readonly measure: RequestMeasure;
  /** The model's prices then, where a limit counted the cost of the request. */
  readonly prices?: ModelPrices | undefined;
  /** Resolved when the request has been settled. */
  readonly ended: PromiseWithResolvers<StreamEnd>;
}

/** One request to one provider, from its admission to its one row in the ledger. */
export class Attempt {
  readonly provider: Provider;
  readonly model: string;
  readonly deadlines: Deadlines;
  readonly #dependencies: GatewayDependencies;
  readonly #request: GatewayRequest;
  readonly #admitted: AdmittedRequest;
  readonly #observeEnd: AttemptObserver | undefined;
  #usage: TokenUsage | undefined;
  #reportedModel: string | undefined;
  #upstreamStatus: number | undefined;
  #upstreamRequestId: string | undefined;
  /** Its number among the attempts of its request, from 1. */
  readonly #number: number;
  #settled = false;

  constructor(dependencies: GatewayDependencies, request: GatewayRequest, admitted: AdmittedRequest) {
    this.provider = admitted.provider;
    this.model = admitted.model;
    this.#dependencies = dependencies;
    this.#request = request;
    this.#number = request.series?.number ?? 1;
    request.log?.recordAttempt();
    this.#admitted = admitted;
    this.#observeEnd = request.observeAttempt?.();
    this.deadlines = new Deadlines({
      timeouts: request.series?.boundTimeouts(dependencies.timeouts) ?? dependencies.timeouts,
      provider: admitted.provider.name,
      streamed: request.source === 'stream',
      clientSignal: request.signal,
      now: dependencies.now,
      startedAtMs: admitted.startedAtMs,
      onTick: admitted.reservation.keepAlive,
    });
  }

  /** How many tokens the model makes of a text where o200k_base makes one. */
  get tokenFactor(): number {
    return getTokenFactor(this);
  }

  /** Resolves when the request has been settled. Never rejects. */
  get ended(): Promise<StreamEnd> {
    return this.#admitted.ended.promise;
  }

  /** Sends the request by `work`. Resolves with the provider's 2xx response, its body unread. */
  async send(work: (provider: Provider, signal: AbortSignal) => Promise<Response>): Promise<Response> {
    const { signal } = this.deadlines;
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(this.deadlines.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // A provider may still be loading its client when the time is up.
      const response = await this.deadlines.race(Promise.race([work(this.provider, signal), aborted.promise]));
      return this.recordStatus(response);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Records the provider's status and its id of the request. Returns the response. */
  recordStatus(response: Response): Response {
    this.#upstreamStatus = response.status;
    this.#upstreamRequestId = readUpstreamRequestId(response.headers);
    return response;
  }

  /** Records what an event says about the request itself. */
  recordEvent(event: StreamEvent): void {
    if (event.type === 'start') this.#reportedModel = event.reportedModel;
    else if (event.type === 'usage') this.#usage = mergeUsage(this.#usage, event.usage);
  }

  recordResponse(response: { usage?: TokenUsage | undefined; reportedModel?: string | undefined }): void {
    this.#usage = response.usage;
    this.#reportedModel = response.reportedModel;
  }

  /** Returns the report of a request that the provider has answered by now. */
  answeredReport(): AnsweredReport {
    return { ...this.#report(), upstreamMs: this.#dependencies.now() - this.#admitted.startedAtMs };
  }

  /** Settles a request whose whole response has been read. */
  complete(finishReason: GatewayResult['finishReason'], output?: OutputAccumulator): GatewayResult {
    const cost = this.#settle({ type: 'completed', finishReason, output }, { outcome: 'completed' });
    return { finishReason, usage: this.#usage ?? {}, costNanoUsd: cost ?? null };
  }

  /**
   * Settles a request that ended before its response did, and aborts what is left of it. `isUnmeasured`: the response had begun, and
   * its output cannot be estimated. Returns the error, with its report.
   */
  fail(
    thrown: unknown,
    output?: OutputAccumulator,
    { isUnmeasured = false }: { readonly isUnmeasured?: boolean } = {},
  ): GatewayError | ClientDisconnectedError {
    const reason = thrown instanceof ClientDisconnectedError ? thrown : toGatewayError(thrown);
    if (reason instanceof UnreadableReplyError && reason.reported) this.recordResponse(reason.reported);
    reason.addReport(this.#report());
    // Another one of the operator's API keys is used then, where there are several.
    if (reason instanceof GatewayError && reason.accountProblem !== undefined && !this.#request.series) {
      this.#dependencies.health.recordKeyFailure(this.provider);
    }
    this.discardReply();
    const end: StreamEnd =
      reason instanceof GatewayError ? { outcome: 'failed', error: reason } : { outcome: 'client_disconnected' };
    this.#settle({ type: 'ended_early', reason, output, isUnmeasured }, end);
    return reason;
  }

  /** Says that the client does not get the reply whole, even where the provider has completed it. */
  discardReply(): void {
    this.#observeEnd?.(undefined);
  }

  #report(): RequestReport & { readonly provider: string; readonly model: string } {
    const { reservation, admitMs } = this.#admitted;
    const { series } = this.#request;
    return {
      provider: this.provider.id,
      model: this.model,
      limits: reservation.limits,
      admitMs,
      upstreamStatus: this.#upstreamStatus,
      upstreamRequestId: this.#upstreamRequestId,
      ...(series && { route: series.routeName, attempts: series.number }),
    };
  }

  /**
   * Returns the cost; undefined where the request was settled before, or is settled behind this: a long prompt that no provider has
   * counted is measured in parts, so that other requests run between them.
   */
  #settle(outcome: Outcome, end: StreamEnd): bigint | null | undefined {
    if (this.#settled) return undefined;
    this.#settled = true;
    this.#logEnd(outcome);
    const { measure } = this.#admitted;
    this.deadlines.end(outcome.type === 'ended_early');
    const endedAtMs = this.#dependencies.now();
    if (outcome.type === 'ended_early' && outcome.output && this.#usage?.input === undefined) {
      const measured = measure.measure();
      if (measured instanceof Promise) {
        this.#request.waitUntil(measured.then((size) => void this.#record(outcome, end, endedAtMs, () => size)));
        return undefined;
      }
    }
    return this.#record(outcome, end, endedAtMs, () => measure.size);
  }

  #logEnd(outcome: Outcome): void {
    const { log, series } = this.#request;
    const failure =
      outcome.type === 'ended_early' && outcome.reason instanceof GatewayError ? outcome.reason : undefined;
    log?.recordAttemptEnd({
      route: series?.routeName,
      errorMessage: failure?.message,
      upstreamStatus: this.#upstreamStatus,
      upstreamRequestId: this.#upstreamRequestId,
    });
  }

  #record(outcome: Outcome, end: StreamEnd, endedAtMs: number, size: () => RequestSize): bigint | null {
    const { prices, recordUsage } = this.#dependencies;
    const { reservation, prices: admittedPrices, ended } = this.#admitted;
    const { startedAtMs, firstByteMs } = this.deadlines;
    const { series } = this.#request;
    const requestStartedAtMs = series?.startedAtMs ?? startedAtMs;
    const record = createUsageRecord(
      {
        request: this.#request,
        size,
        provider: this.provider,
        model: this.model,
        admittedPrices,
        reportedModel: this.#reportedModel,
        usage: this.#usage,
        startedAtMs: requestStartedAtMs,
        endedAtMs,
        firstByteMs: firstByteMs === undefined ? undefined : firstByteMs + startedAtMs - requestStartedAtMs,
        outcome,
      },
      prices,
    );
    this.#observeEnd?.(record);
    const { inputTokens, outputTokens, costNanoUsd } = record;
    reservation.settle({ tokens: (inputTokens ?? 0) + (outputTokens ?? 0), costNanoUsd: costNanoUsd ?? 0n });
    if (series) series.record(this.#number, record);
    else recordUsage({ records: [record], log: this.#request.log }, this.#request.waitUntil);
    ended.resolve(end);
    return costNanoUsd;
  }
}
