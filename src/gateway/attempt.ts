import { type GatewayError, toGatewayError } from '../domain/errors.ts';
import type { StreamEvent, TokenUsage } from '../domain/response.ts';
import type { Reservation } from '../limits/types.ts';
import type { Provider } from '../providers/provider.ts';
import { UnreadableReplyError } from '../providers/provider-error.ts';
import { ClientDisconnectedError, Deadlines } from './deadlines.ts';
import type { GatewayDependencies, GatewayRequest, GatewayResult, RequestSize, Target } from './gateway-request.ts';
import type { OutputAccumulator } from './output-accumulator.ts';
import { createUsageRecord, type Outcome } from './settle.ts';

/** A call that has been let in. */
export interface AdmittedRequest extends Target {
  readonly reservation: Reservation;
  /** When it asked to be let in: the time that it is charged to. */
  readonly startedAtMs: number;
  readonly size: () => RequestSize;
  /** To be called once it has been settled. */
  readonly ended: () => void;
}

/** One call to one provider from its first moment to its one row in the ledger. */
export class Attempt {
  readonly provider: Provider;
  readonly model: string;
  readonly deadlines: Deadlines;
  readonly #dependencies: GatewayDependencies;
  readonly #request: GatewayRequest;
  readonly #size: () => RequestSize;
  readonly #reservation: Reservation;
  readonly #ended: () => void;
  #usage: TokenUsage | undefined;
  #reportedModel: string | undefined;
  #settled = false;

  constructor(dependencies: GatewayDependencies, request: GatewayRequest, admitted: AdmittedRequest) {
    const { provider, model, reservation, size, startedAtMs, ended } = admitted;
    this.provider = provider;
    this.model = model;
    this.#dependencies = dependencies;
    this.#request = request;
    this.#reservation = reservation;
    this.#size = size;
    this.#ended = ended;
    this.deadlines = new Deadlines({
      timeouts: dependencies.timeouts,
      provider: provider.name,
      total: request.source !== 'stream',
      clientSignal: request.signal,
      now: dependencies.now,
      startedAtMs,
      onTick: reservation.keepAlive,
    });
  }

  /** Sends the call, by `work`. Resolves with the provider's 2xx answer, its body unread. */
  async send(work: (provider: Provider, signal: AbortSignal) => Promise<Response>): Promise<Response> {
    const { signal } = this.deadlines;
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(this.deadlines.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // A provider may be busy with other things than its request (loading its client, say) when the time is up.
      return await this.deadlines.race(Promise.race([work(this.provider, signal), aborted.promise]));
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Takes note of what an event says about the call itself. */
  recordEvent(event: StreamEvent): void {
    if (event.type === 'start') this.#reportedModel = event.reportedModel;
    else if (event.type === 'usage') this.#usage = event.usage;
  }

  recordResponse(reply: { usage?: TokenUsage | undefined; reportedModel?: string | undefined }): void {
    this.#usage = reply.usage;
    this.#reportedModel = reply.reportedModel;
  }

  /** Settles a call that has its whole reply. */
  complete(finishReason: GatewayResult['finishReason'], produced?: OutputAccumulator): GatewayResult {
    const record = this.#settle({ type: 'completed', finishReason, produced });
    return { finishReason, usage: this.#usage ?? {}, costNanoUsd: record?.costNanoUsd ?? null };
  }

  /** Settles a call that ended before its reply did, and ends what is left of it. Returns the error to answer with. */
  fail(thrown: unknown, produced?: OutputAccumulator): GatewayError | ClientDisconnectedError {
    const reason = thrown instanceof ClientDisconnectedError ? thrown : toGatewayError(thrown);
    if (reason instanceof UnreadableReplyError && reason.reported) this.recordResponse(reason.reported);
    this.#settle({ type: 'ended_early', reason, produced });
    return reason;
  }

  #settle(outcome: Outcome): { costNanoUsd: bigint | null } | undefined {
    if (this.#settled) return undefined;
    this.#settled = true;
    const { now, prices, recordUsage } = this.#dependencies;
    this.deadlines.end(outcome.type === 'ended_early');
    const record = createUsageRecord(
      {
        request: this.#request,
        size: this.#size,
        providerId: this.provider.id,
        model: this.model,
        reportedModel: this.#reportedModel,
        usage: this.#usage,
        startedAtMs: this.deadlines.startedAtMs,
        endedAtMs: now(),
        firstByteMs: this.deadlines.firstByteMs,
        outcome,
      },
      prices,
    );
    const costNanoUsd = record.costNanoUsd === null ? null : BigInt(record.costNanoUsd);
    const { inputTokens, outputTokens } = record;
    this.#reservation.settle({ tokens: (inputTokens ?? 0) + (outputTokens ?? 0), costNanoUsd: costNanoUsd ?? 0n });
    recordUsage(record, this.#request.waitUntil);
    this.#ended();
    return { costNanoUsd };
  }
}
