import type { GatewayError } from '../domain/errors.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import { BrokenConnectionError, brokenConnectionError } from './body-reader.ts';
import { ByteReader } from './byte-reader.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import type { PassthroughStream } from './rewrite-stream.ts';

/** How long bytes gather before the meter reads them: short at first, until the rate of the stream is known. */
const firstPauseMs = 20;
const maxPauseMs = 1_000;
/** After a smaller read the meter pauses for longer. */
const minGatheredBytes = 8 * 1024;
/** The buffers on the way to a client that does not read hold this much. */
const maxBufferedBytes = 64 * 1024;
/** How long the meter reads on after an abort, for bytes that have arrived before. */
const finalReadMs = 10;
/** How long the end of a body may lag behind the terminator of its protocol. */
const maxLagMs = 250;

const encoder = new TextEncoder();

/**
 * Passes a stream through without waking JavaScript for each chunk: the runtime pumps the bytes to the client, and a meter reads
 * what has gathered in its branch of the tee now and then. The meter is never ahead of a client that does not read, so that no
 * bytes pile up. Where the response breaks off, the protocol's error event is appended. Never rejects. Measured in
 * docs/decisions/2026-11-25-hot-path.md.
 */
export async function pipeStream(
  stream: PassthroughStream,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const { attempt, meter, writable, encodeError } = stream;
  const [toClient, toMeter] = body.tee();
  // Does not reject: whether the client has disconnected shows in the writable.
  const pumped = toClient.pipeTo(writable, { preventClose: true, preventAbort: true }).catch(() => {
    // What the meter has read to its end may have reached the client in part.
    attempt.discardReply();
  });
  const branch = new MeteredBranch(stream, toMeter, pumped);
  let error: GatewayError | ClientDisconnectedError | undefined;
  try {
    const connectionError = await branch.readAll().then(() => undefined, asConnectionError);
    meter.end(connectionError);
  } catch (thrown) {
    error = branch.sawError ? await failLater(stream, thrown, pumped) : meter.fail(thrown);
  }
  // Waits for what the client has not read yet, but not for a body that does not end.
  const lagMs = attempt.deadlines.hasClientBackpressure ? attempt.deadlines.silenceMs : maxLagMs;
  if (!error && !(await isDone(lagMs, pumped))) {
    attempt.discardReply();
    attempt.deadlines.abortRemaining();
  }
  await pumped;
  const writer = writable.getWriter();
  try {
    if (error instanceof ClientDisconnectedError) return await writer.abort(error);
    // The client has received the provider's own error event already.
    if (error && !branch.sawError) {
      const event = encodeError(error, meter.nextEventNumber);
      await writer.write(encoder.encode((branch.atBoundary ? '' : '\n\n') + event));
    }
    await writer.close();
  } catch {
    // The client has disconnected.
  }
}

/** Returns the error of a connection, which is none where the response was complete. Throws any other error. */
function asConnectionError(thrown: unknown): BrokenConnectionError {
  if (thrown instanceof BrokenConnectionError) return thrown;
  throw thrown;
}

/** Lets the provider's own error event reach the client before the connection is aborted. */
async function failLater({ meter }: PassthroughStream, thrown: unknown, pumped: Promise<void>) {
  await isDone(maxLagMs, pumped);
  return meter.fail(thrown);
}

/** The branch of the stream that is metered. */
class MeteredBranch {
  /** Whether the provider has sent an error inside the stream. */
  sawError = false;
  readonly #stream: PassthroughStream;
  readonly #reader: ByteReader;
  readonly #pumped: Promise<void>;
  #total = 0;
  #tail = '';

  constructor(stream: PassthroughStream, branch: ReadableStream<Uint8Array<ArrayBuffer>>, pumped: Promise<void>) {
    this.#stream = stream;
    this.#reader = new ByteReader(branch);
    this.#pumped = pumped;
  }

  /** Whether the bytes read so far end with a whole event. */
  get atBoundary(): boolean {
    return this.#total === 0 || /(?:\n\n|\r\r|\r\n\r\n)$/.test(this.#tail);
  }

  /** Reads until the body or its protocol ends. Throws the reason of an abort, or the error of the connection. */
  async readAll(): Promise<void> {
    const { attempt, meter } = this.#stream;
    const { deadlines } = attempt;
    const cancel = () => void this.#reader.cancel(deadlines.reason);
    // Bytes that have arrived by then were produced, and the client may have seen them.
    const cancelSoon = () => void setCancellableTimeout(finalReadMs, cancel);
    deadlines.signal.addEventListener('abort', cancelSoon, { once: true });
    void this.#pumped.then(() => !meter.finished && this.#hasClientDisconnected && cancelSoon());
    try {
      for (let pauseMs = firstPauseMs; !meter.finished; ) {
        const bytes = await this.#read();
        if (!bytes) return;
        this.#meterBytes(bytes);
        if (this.#reader.full) pauseMs = firstPauseMs;
        else if (!meter.finished) {
          await isDone(pauseMs, this.#pumped);
          if (bytes.byteLength < minGatheredBytes) pauseMs = Math.min(4 * pauseMs, maxPauseMs);
        }
      }
      // Anything after the terminator passes through unread.
      cancel();
    } finally {
      deadlines.signal.removeEventListener('abort', cancelSoon);
    }
  }

  /** Returns undefined at the end. Throws the reason of an abort once all bytes that arrived before it were read. */
  async #read(): Promise<Uint8Array | undefined> {
    const { deadlines } = this.#stream.attempt;
    deadlines.startWaiting();
    try {
      const bytes = this.#reader.take(await this.#reader.read());
      if (bytes) return bytes;
    } catch (cause) {
      throw this.#abortReason ?? brokenConnectionError(cause);
    } finally {
      deadlines.stopWaiting();
    }
    const reason = this.#abortReason;
    if (reason) throw reason;
    return undefined;
  }

  /** Why reading ended, where the provider did not end it. */
  get #abortReason(): GatewayError | ClientDisconnectedError | undefined {
    return (
      this.#stream.attempt.deadlines.reason ?? (this.#hasClientDisconnected ? new ClientDisconnectedError() : undefined)
    );
  }

  /** A client that disconnects breaks the writable; a provider that breaks off does not. */
  get #hasClientDisconnected(): boolean {
    const { writable } = this.#stream;
    if (writable.locked) return false;
    const writer = writable.getWriter();
    const isBroken = writer.desiredSize === null;
    writer.releaseLock();
    return isBroken;
  }

  #meterBytes(bytes: Uint8Array): void {
    const { attempt, meter } = this.#stream;
    attempt.deadlines.markByte();
    this.#total += bytes.byteLength;
    if (this.#total > maxBufferedBytes) attempt.deadlines.hasClientBackpressure = true;
    this.#tail = String.fromCharCode(...bytes.subarray(-4));
    try {
      meter.read(bytes);
    } catch (error) {
      this.sawError = true;
      throw error;
    }
  }
}

/** Resolves with whether the work is done within so many milliseconds. */
async function isDone(ms: number, work: Promise<unknown>): Promise<boolean> {
  return await Promise.race([work.then(() => true), scheduler.wait(ms).then(() => false)]);
}
