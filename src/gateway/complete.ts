import type { ReplyPart } from '../core/call.ts';
import { GatewayError } from '../core/errors.ts';
import { Attempt } from './attempt.ts';
import type { CallRequest, CallResult, GatewayDependencies } from './call-request.ts';
import { readBody } from './read-body.ts';

export interface CompletedCall extends CallResult {
  readonly content: readonly ReplyPart[];
  readonly refusal: string | undefined;
  readonly provider: string;
  /** The model that was asked for. */
  readonly model: string;
  /** Milliseconds until the provider had answered in full. */
  readonly upstreamMs: number;
}

/**
 * Makes a call and waits for its whole reply. Rejects with a GatewayError, or with a ClientGoneError where nobody waits
 * for the answer any more; in every case the call has its row in the ledger.
 */
export async function complete(dependencies: GatewayDependencies, request: CallRequest): Promise<CompletedCall> {
  const attempt = new Attempt(dependencies, request);
  try {
    const response = await attempt.send(false);
    let body = '';
    const decoder = new TextDecoder();
    for await (const bytes of readBody(response, attempt.deadlines)) {
      body += decoder.decode(bytes, { stream: true });
      if (body.length > longestReply) throw new GatewayError('provider_error', 'The provider sent more than 64 MB.');
    }
    const completion = attempt.provider.readCompletion(body + decoder.decode());
    attempt.noteReply(completion);
    const result = attempt.complete(completion.finishReason);
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

/** An isolate has 128 MB for all that goes on in it. */
const longestReply = 64 * 1024 * 1024;
