import { GatewayError } from '../domain/errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import { readBody } from './body-reader.ts';
import type { GatewayDependencies, GatewayRequest, GatewayResult, RequestSize, Target } from './gateway-request.ts';
import { OutputAccumulator } from './output-accumulator.ts';
import { startAttempt } from './start-attempt.ts';

/** A client's own body on its way to a provider that speaks its protocol. */
export interface ForwardRequest extends GatewayRequest {
  readonly target: Target;
  /** One of the chosen provider's. */
  readonly endpoint: Endpoint;
  /** JSON, as it is sent. */
  readonly body: string;
  /** Headers of the client's that belong to the protocol. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly size: () => RequestSize;
}

export interface ForwardResponse extends GatewayResult {
  /** The provider's, byte for byte. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Milliseconds until the provider had answered in full. */
  readonly upstreamMs: number;
}

/**
 * Passes a call on and waits for its whole reply, which is read for its usage only. Rejects as `complete` does; in every case
 * the call has its row in the ledger.
 */
export async function forward(dependencies: GatewayDependencies, call: ForwardRequest): Promise<ForwardResponse> {
  const attempt = await startAttempt(dependencies, call, call.size);
  try {
    const body = await readBody(attempt.deadlines, await sendForwardRequest(attempt, call, false));
    const reply = call.endpoint.decodeResponse(decoder.decode(body));
    attempt.recordResponse(reply);
    const produced = reply.content && OutputAccumulator.of({ ...reply, content: reply.content });
    const result = attempt.complete(reply.finishReason, produced);
    return { ...result, body, upstreamMs: dependencies.now() - attempt.deadlines.startedAtMs };
  } catch (error) {
    throw attempt.fail(error);
  }
}

/** Sends the body of a call that has been let in. Resolves with the provider's 2xx answer, its body unread. */
export async function sendForwardRequest(attempt: Attempt, call: ForwardRequest, stream: boolean): Promise<Response> {
  const { body, headers, endpoint } = call;
  const { provider, deadlines } = attempt;
  if (!provider.forward) throw new GatewayError('internal');
  const { signal } = deadlines;
  return await deadlines.race(provider.forward({ path: endpoint.path, body, headers }, { stream, signal }));
}

const decoder = new TextDecoder();
