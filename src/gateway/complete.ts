import type { ContentPart } from '../domain/request.ts';
import { readBody } from './body-reader.ts';
import { estimateRequestSize } from './estimate-input-tokens.ts';
import type { ChatGatewayRequest, GatewayDependencies, GatewayResult } from './gateway-request.ts';
import { OutputAccumulator } from './output-accumulator.ts';
import { startAttempt } from './start-attempt.ts';

export interface CompletedChat extends GatewayResult {
  readonly content: readonly ContentPart[];
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
export async function complete(dependencies: GatewayDependencies, request: ChatGatewayRequest): Promise<CompletedChat> {
  const attempt = await startAttempt(dependencies, request, () => estimateRequestSize(request.chat));
  try {
    const response = await attempt.send((provider, signal) =>
      provider.send({ ...request.chat, model: attempt.model }, { stream: false, signal }),
    );
    const completion = attempt.provider.decodeResponse(decoder.decode(await readBody(attempt.deadlines, response)));
    attempt.recordResponse(completion);
    const result = attempt.complete(completion.finishReason, OutputAccumulator.of(completion));
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
