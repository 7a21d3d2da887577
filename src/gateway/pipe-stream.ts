import type { GatewayError } from '../domain/errors.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import { BrokenConnectionError, brokenConnectionError } from './body-reader.ts';
import { ByteReader } from './byte-reader.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import type { PassthroughStream } from './rewrite-stream.ts';

/** How long what comes is left to gather before it is read: at first little, for nobody knows yet how fast it comes. */
const firstPauseMs = 20;
const maxPauseMs = 1_000;
/** A read that brings less came too soon. */
const fewBytes = 8 * 1024;
/** As much fits into the buffers on the way to a client that reads nothing. */
const surelyTaken = 64 * 1024;
/** How long a call that is ended is still read for what has come. */
const lastLookMs = 10;
/** How long the end of a body may lag behind the terminator of its protocol. */
const maxLagMs = 250;

const encoder = new TextEncoder();

/**
 * Passes a stream on without waking JavaScript for each chunk: the runtime pumps the bytes to the client, and what has
 * gathered is read on the side now and then. A side that reads is never ahead of a client that does not, so that nothing piles
 * up. Where the reply breaks off, the protocol's error event is written behind it. Never rejects.
 */
export async function pipeStream(
  passed: PassthroughStream,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const { attempt, reply, writable, encodeError } = passed;
  const [toClient, toMeter] = body.tee();
  // Settled without a rejection: how it ended is seen by what can still be written.
  const pumped = toClient.pipeTo(writable, { preventClose: true, preventAbort: true }).catch(() => undefined);
  const meter = new Meter(passed, toMeter, pumped);
  let error: GatewayError | ClientDisconnectedError | undefined;
  try {
    const broke = await meter.readAll().then(() => undefined, asBroken);
    reply.end(broke);
  } catch (thrown) {
    error = meter.sawError ? await failLater(passed, thrown, pumped) : reply.fail(thrown);
  }
  // What the client has not read yet is waited for; a body that does not end is not.
  const lagMs = attempt.deadlines.hasClientBackpressure ? attempt.deadlines.silenceMs : maxLagMs;
  if (!error && !(await isDone(lagMs, pumped))) attempt.deadlines.abortRemaining();
  await pumped;
  const writer = writable.getWriter();
  try {
    if (error instanceof ClientDisconnectedError) return await writer.abort(error);
    // What the provider has said itself is not said again.
    if (error && !meter.sawError) {
      const event = encodeError(error, reply.nextEventNumber);
      await writer.write(encoder.encode((meter.atBoundary ? '' : '\n\n') + event));
    }
    await writer.close();
  } catch {
    // The client has left.
  }
}

/** What broke a connection is no error where the reply had come to its end. */
function asBroken(thrown: unknown): BrokenConnectionError {
  if (thrown instanceof BrokenConnectionError) return thrown;
  throw thrown;
}

/** Lets an error that the provider has sent in mid-stream reach the client before its connection is ended. */
async function failLater({ reply }: PassthroughStream, thrown: unknown, pumped: Promise<void>) {
  await isDone(maxLagMs, pumped);
  return reply.fail(thrown);
}

/** The side that reads what passes. */
class Meter {
  /** Whether the provider has sent an error in mid-stream. */
  sawError = false;
  readonly #passed: PassthroughStream;
  readonly #reader: ByteReader;
  readonly #pumped: Promise<void>;
  #total = 0;
  #tail = '';

  constructor(passed: PassthroughStream, stream: ReadableStream<Uint8Array<ArrayBuffer>>, pumped: Promise<void>) {
    this.#passed = passed;
    this.#reader = new ByteReader(stream);
    this.#pumped = pumped;
  }

  /** Whether what has been read ends with a whole event. */
  get atBoundary(): boolean {
    return this.#total === 0 || /(?:\n\n|\r\r|\r\n\r\n)$/.test(this.#tail);
  }

  /** Reads until the body ends, or its protocol says that it does. Throws the reason of an abort, or what broke. */
  async readAll(): Promise<void> {
    const { attempt, reply } = this.#passed;
    const { deadlines } = attempt;
    const cancel = () => void this.#reader.cancel(deadlines.reason);
    // What has come by then has been produced, and the client may have seen it.
    const cancelSoon = () => void setCancellableTimeout(lastLookMs, cancel);
    deadlines.signal.addEventListener('abort', cancelSoon, { once: true });
    void this.#pumped.then(() => !reply.finished && this.#clientIsGone && cancelSoon());
    try {
      for (let pauseMs = firstPauseMs; !reply.finished; ) {
        const bytes = await this.#read();
        if (!bytes) return;
        this.#note(bytes);
        if (this.#reader.full) pauseMs = firstPauseMs;
        else if (!reply.finished) {
          await isDone(pauseMs, this.#pumped);
          if (bytes.byteLength < fewBytes) pauseMs = Math.min(4 * pauseMs, maxPauseMs);
        }
      }
      // The rest is let through unread, were there any.
      cancel();
    } finally {
      deadlines.signal.removeEventListener('abort', cancelSoon);
    }
  }

  /** Undefined at the end. Throws why there is none once all that had come before has been read. */
  async #read(): Promise<Uint8Array | undefined> {
    const { deadlines } = this.#passed.attempt;
    deadlines.startWaiting();
    try {
      const bytes = this.#reader.take(await this.#reader.ask());
      if (bytes) return bytes;
    } catch (cause) {
      throw this.#whyEnded ?? brokenConnectionError(cause);
    } finally {
      deadlines.stopWaiting();
    }
    const why = this.#whyEnded;
    if (why) throw why;
    return undefined;
  }

  /** What ended the reading, where it was not the provider. */
  get #whyEnded(): GatewayError | ClientDisconnectedError | undefined {
    return this.#passed.attempt.deadlines.reason ?? (this.#clientIsGone ? new ClientDisconnectedError() : undefined);
  }

  /** A client that has left breaks what it read from; a provider that breaks off does not. */
  get #clientIsGone(): boolean {
    const { writable } = this.#passed;
    if (writable.locked) return false;
    const writer = writable.getWriter();
    const gone = writer.desiredSize === null;
    writer.releaseLock();
    return gone;
  }

  #note(bytes: Uint8Array): void {
    const { attempt, reply } = this.#passed;
    attempt.deadlines.markByte();
    this.#total += bytes.byteLength;
    if (this.#total > surelyTaken) attempt.deadlines.hasClientBackpressure = true;
    this.#tail = String.fromCharCode(...bytes.subarray(-4));
    try {
      reply.read(bytes);
    } catch (error) {
      this.sawError = true;
      throw error;
    }
  }
}

/** Whether something is done within so many milliseconds. */
async function isDone(ms: number, work: Promise<unknown>): Promise<boolean> {
  return await Promise.race([work.then(() => true), scheduler.wait(ms).then(() => false)]);
}
