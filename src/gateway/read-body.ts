import { after } from '../core/after.ts';
import { GatewayError } from '../core/errors.ts';
import { ClientGoneError, type Deadlines } from './deadlines.ts';

/** How long the end of a body may lag behind the terminator of its protocol. */
const longestLagMs = 250;

/**
 * Reads a provider's body chunk by chunk under the call's deadlines. When the reader stops early the rest of the body is
 * cancelled; where the call is complete by then, it is read for a moment longer. Throws the reason of an abort, or
 * `provider_error` where the connection breaks.
 */
export async function* readBody(response: Response, deadlines: Deadlines): AsyncGenerator<Uint8Array, void, undefined> {
  if (!response.body) return;
  const reader = response.body.getReader();
  // A body that is not read from a network does not end by itself when the signal says so.
  const cancel = () => void reader.cancel(deadlines.signal.reason).catch(() => undefined);
  deadlines.signal.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await deadlines.during(reader.read());
      if (done) return;
      if (value.byteLength === 0) continue;
      deadlines.markByte();
      yield value;
    }
  } catch (error) {
    if (error instanceof GatewayError || error instanceof ClientGoneError) throw error;
    throw new GatewayError('provider_error', 'The connection to the provider broke in the middle of its reply.', {
      cause: error,
    });
  } finally {
    deadlines.signal.removeEventListener('abort', cancel);
    if (deadlines.met) await readRest(reader);
    else cancel();
  }
}

/** A connection serves the next call only where this one's body has been read to its end. */
async function readRest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const stop = after(longestLagMs, () => void reader.cancel().catch(() => undefined));
  try {
    while (!(await reader.read()).done);
  } catch {
    // The call is complete: how its connection ends is nobody's concern.
  } finally {
    stop();
  }
}
