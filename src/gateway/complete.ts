import type { ReplyPart } from '../domain/request.ts';
import { readWhole } from './body-reader.ts';
import { sizeOf } from './estimate-input-tokens.ts';
import type { CallRequest, CallResult, GatewayDependencies } from './gateway-request.ts';
import { ProducedText } from './output-accumulator.ts';
import { startAttempt } from './start-attempt.ts';

export interface CompletedCall extends CallResult {
  readonly content: readonly ReplyPart[];
  readonly refusal: string | undefined;
  readonly provider: string;
  /** The model that was asked for. */
  readonly model: string;
  /** Milliseconds until the provider had answered in full. */
  readonly upstreamMs: number;
}

const decoder = new TextDecoder();

/**
 * Makes a call and waits for its whole reply. Rejects with a GatewayError, or with a ClientGoneError where nobody waits
 * for the answer any more; in every case the call has its row in the ledger.
 */
export async function complete(dependencies: GatewayDependencies, request: CallRequest): Promise<CompletedCall> {
  const attempt = await startAttempt(dependencies, request, () => sizeOf(request.call));
  try {
    const response = await attempt.send((provider, signal) =>
      provider.send({ ...request.call, model: attempt.model }, { stream: false, signal }),
    );
    const completion = attempt.provider.readCompletion(decoder.decode(await readWhole(attempt.deadlines, response)));
    attempt.noteReply(completion);
    const result = attempt.complete(completion.finishReason, ProducedText.of(completion));
    return {
      ...result,
      content: completion.content,
      refusal: completion.refusal,
      provider: attempt.provider.id,
      model: attempt.model,
      upstreamMs: dependencies.now() - attempt.deadlines.startedAtMs,
    };
  } catch (error) {
    throw attempt.fail(error);
  }
}
