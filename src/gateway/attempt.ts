import type { StreamEvent, TokenUsage } from '../core/completion.ts';
import { type GatewayError, toGatewayError } from '../core/errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { CallRequest, CallResult, GatewayDependencies } from './call-request.ts';
import { ClientGoneError, Deadlines } from './deadlines.ts';
import type { ProducedText } from './produced-text.ts';
import { type Outcome, settle } from './settle.ts';

/** One call to one provider from its first moment to its one row in the ledger. */
export class Attempt {
  readonly provider: Provider;
  readonly model: string;
  readonly deadlines: Deadlines;
  readonly #dependencies: GatewayDependencies;
  readonly #request: CallRequest;
  readonly #ended = Promise.withResolvers<void>();
  #usage: TokenUsage | undefined;
  #reportedModel: string | undefined;
  #settled = false;

  /** Throws `invalid_request` where no provider can be chosen; nothing has been asked of anyone then. */
  constructor(dependencies: GatewayDependencies, request: CallRequest) {
    const { provider, model } = dependencies.registry.resolve(request);
    this.provider = provider;
    this.model = model;
    this.#dependencies = dependencies;
    this.#request = request;
    this.deadlines = new Deadlines({
      timeouts: dependencies.timeouts,
      provider: provider.name,
      total: request.source === 'sync',
      clientSignal: request.signal,
      now: dependencies.now,
    });
    // The runtime drops a request whose client has left, unless work is kept: this call has to live to see its row.
    request.waitUntil(this.#ended.promise);
  }

  /** Sends the call. Resolves with the provider's 2xx answer, its body unread. */
  async send(stream: boolean): Promise<Response> {
    const call = { ...this.#request.call, model: this.model };
    const { signal } = this.deadlines;
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // A provider may be busy with other things than its request (loading its client, say) when the time is up.
      return await this.deadlines.during(Promise.race([this.provider.send(call, { stream, signal }), aborted.promise]));
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Takes note of what an event says about the call itself. */
  note(event: StreamEvent): void {
    if (event.type === 'start') this.#reportedModel = event.reportedModel;
    else if (event.type === 'usage') this.#usage = event.usage;
  }

  noteReply(reply: { usage?: TokenUsage | undefined; reportedModel?: string | undefined }): void {
    this.#usage = reply.usage;
    this.#reportedModel = reply.reportedModel;
  }

  /** Settles a call that has its whole reply. */
  complete(finishReason: CallResult['finishReason']): CallResult {
    const record = this.#settle({ type: 'completed', finishReason });
    return { finishReason, usage: this.#usage ?? {}, costNanoUsd: record?.costNanoUsd ?? null };
  }

  /** Settles a call that ended before its reply did, and ends what is left of it. Returns the error to answer with. */
  fail(thrown: unknown, produced?: ProducedText): GatewayError | ClientGoneError {
    const reason = thrown instanceof ClientGoneError ? thrown : toGatewayError(thrown);
    this.#settle({ type: 'ended_early', reason, produced });
    return reason;
  }

  #settle(outcome: Outcome): { costNanoUsd: bigint | null } | undefined {
    if (this.#settled) return undefined;
    this.#settled = true;
    const { now, prices, recordUsage } = this.#dependencies;
    this.deadlines.end(outcome.type === 'ended_early');
    const record = settle(
      {
        request: this.#request,
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
    recordUsage(record, this.#request.waitUntil);
    this.#ended.resolve();
    return { costNanoUsd: record.costNanoUsd === null ? null : BigInt(record.costNanoUsd) };
  }
}
