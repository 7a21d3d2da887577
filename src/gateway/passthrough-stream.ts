import type { GatewayError } from '../domain/errors.ts';
import type { GatewayDependencies } from './gateway-request.ts';
import { MeteredStream } from './metered-stream.ts';
import { type ForwardRequest, sendForwardRequest } from './passthrough-request.ts';
import { pipeStream } from './pipe-stream.ts';
import { rewriteStream } from './rewrite-stream.ts';
import { startAttempt } from './start-attempt.ts';

/** A client's own body, whose reply is wanted as a stream. */
export interface ForwardStreamRequest extends ForwardRequest {
  /** Whether the provider was asked for a chunk with usage that the client did not ask for, and so must not see. */
  readonly stripUsageChunk: boolean;
  /** The protocol's own error event, as text; its number, where the protocol numbers events. */
  readonly encodeError: (error: GatewayError, eventNumber?: number) => string;
}

export interface ForwardStreamResponse {
  /** The provider's bytes as they come. Where the reply breaks off, the protocol's error event is the last of them. */
  readonly body: ReadableStream<Uint8Array>;
  /** Milliseconds until the provider had answered with its headers. */
  readonly upstreamMs: number;
}

/**
 * Passes a streamed call on. Resolves once the provider has answered 2xx; rejects as `stream` does where it has not. The call
 * is settled when its reply has ended, been cut off, or its client has left.
 */
export async function forwardStream(
  dependencies: GatewayDependencies,
  call: ForwardStreamRequest,
): Promise<ForwardStreamResponse> {
  const attempt = await startAttempt(dependencies, call, call.size);
  try {
    const response = await sendForwardRequest(attempt, call, true);
    const upstreamMs = dependencies.now() - attempt.deadlines.startedAtMs;
    const reply = new MeteredStream(attempt, call.endpoint);
    const { readable, writable } = new IdentityTransformStream();
    const passed = { attempt, reply, response, writable, encodeError: call.encodeError };
    const { stripUsageChunk } = call;
    // Only the runtime's own bodies can be piped; what was not fetched but made has no address.
    const isPiped = !stripUsageChunk && response.url !== '' && response.body;
    call.waitUntil(isPiped ? pipeStream(passed, response.body) : rewriteStream({ ...passed, stripUsageChunk }));
    return { body: readable, upstreamMs };
  } catch (error) {
    throw attempt.fail(error);
  }
}
