import type { GatewayError } from '../domain/errors.ts';
import type { GatewayDependencies } from './gateway-request.ts';
import { MeteredReply } from './metered-stream.ts';
import { type ForwardedCall, sendForward } from './passthrough-request.ts';
import { pipeReply } from './pipe-stream.ts';
import { pumpReply } from './rewrite-stream.ts';
import { startAttempt } from './start-attempt.ts';

/** A client's own body, whose reply is wanted as a stream. */
export interface ForwardedStreamCall extends ForwardedCall {
  /** Whether the provider was asked for a chunk with usage that the client did not ask for, and so must not see. */
  readonly hidesUsage: boolean;
  /** The protocol's own error event, as text; its number, where the protocol numbers events. */
  readonly failure: (error: GatewayError, eventNumber?: number) => string;
}

export interface ForwardedStream {
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
  call: ForwardedStreamCall,
): Promise<ForwardedStream> {
  const attempt = await startAttempt(dependencies, call, call.size);
  try {
    const response = await sendForward(attempt, call, true);
    const upstreamMs = dependencies.now() - attempt.deadlines.startedAtMs;
    const reply = new MeteredReply(attempt, call.endpoint);
    const { readable, writable } = new IdentityTransformStream();
    const passed = { attempt, reply, response, writable, failure: call.failure };
    const { hidesUsage } = call;
    // Only the runtime's own bodies can be piped; what was not fetched but made has no address.
    const isPiped = !hidesUsage && response.url !== '' && response.body;
    call.waitUntil(isPiped ? pipeReply(passed, response.body) : pumpReply({ ...passed, hidesUsage }));
    return { body: readable, upstreamMs };
  } catch (error) {
    throw attempt.fail(error);
  }
}
