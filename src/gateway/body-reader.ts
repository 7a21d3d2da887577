import { GatewayError } from '../domain/errors.ts';
import { concatBytes } from '../lib/concat-bytes.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import { ByteReader } from './byte-reader.ts';
import { ClientDisconnectedError, type Deadlines } from './deadlines.ts';

/** How long the end of a body may lag behind the terminator of its protocol. */
const maxLagMs = 250;

/** A body that is longer is read by pieces. */
const shortBody = 64 * 1024;

/**
 * Reads a provider's body chunk by chunk under the call's deadlines. No generator, for each of its steps would cost a chunk as
 * much as the reading. To be closed, however the reading has ended.
 */
export class BodyReader {
  readonly #deadlines: Deadlines;
  readonly #reader: ByteReader | undefined;
  #broke: BrokenConnectionError | undefined;
  // A body that is not read from a network does not end by itself when the signal says so.
  readonly #cancel = () => void this.#reader?.cancel(this.#deadlines.reason);

  constructor(response: Response, deadlines: Deadlines) {
    this.#deadlines = deadlines;
    this.#reader = response.body ? new ByteReader(response.body) : undefined;
    deadlines.signal.addEventListener('abort', this.#cancel, { once: true });
  }

  /** What broke the connection, where nothing more comes for that. What has come by then may be whole all the same. */
  get connectionError(): BrokenConnectionError | undefined {
    return this.#broke;
  }

  /**
   * The next chunk, which is the caller's until it asks for another one, which may take its place in memory; undefined at
   * the end, and where the connection broke. Throws the reason of an abort.
   */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!this.#reader) return undefined;
    const deadlines = this.#deadlines;
    deadlines.startWaiting();
    try {
      for (;;) {
        const bytes = this.#reader.take(await this.#reader.ask());
        if (deadlines.reason) throw deadlines.reason;
        if (!bytes) return undefined;
        if (bytes.byteLength === 0) continue;
        deadlines.markByte();
        return bytes;
      }
    } catch (error) {
      const reason = deadlines.reason ?? whyBroken(error);
      if (!(reason instanceof BrokenConnectionError)) throw reason;
      this.#broke = reason;
      return undefined;
    } finally {
      deadlines.stopWaiting();
    }
  }

  /** Cancels what is left of the body; where the call is complete, it is read for a moment longer. */
  async close(): Promise<void> {
    this.#deadlines.signal.removeEventListener('abort', this.#cancel);
    if (this.#deadlines.completed && this.#reader) await readRest(this.#reader);
    else this.#cancel();
  }
}

/** An isolate has 128 MB for all that goes on in it. */
const maxResponseBytes = 64 * 1024 * 1024;

/** Reads a body to its end. Throws the reason of an abort, and `provider_error` where the connection breaks or for more than 64 MB. */
export async function readBody(deadlines: Deadlines, response: Response): Promise<Uint8Array<ArrayBuffer>> {
  // Most replies are short: they come in one piece, and to read them by pieces would cost more than all the rest.
  if (isShort(response.headers)) {
    const bytes = await deadlines.race(response.arrayBuffer()).catch((error: unknown) => {
      throw whyBroken(error);
    });
    deadlines.markByte();
    return new Uint8Array(bytes);
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = new BodyReader(response, deadlines);
  try {
    for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
      parts.push(bytes.slice());
      length += bytes.byteLength;
      if (length > maxResponseBytes) throw new GatewayError('provider_error', 'The provider sent more than 64 MB.');
    }
  } finally {
    await reader.close();
  }
  if (reader.connectionError) throw reader.connectionError;
  return concatBytes(parts);
}

/** What is packed says how long it is packed, and may be without end unpacked. */
function isShort(headers: Headers): boolean {
  return !headers.has('content-encoding') && Number(headers.get('content-length') ?? Number.NaN) < shortBody;
}

/** A connection that broke. What has come by then may be whole all the same, but for the end of its last line. */
export class BrokenConnectionError extends GatewayError {}

export function brokenConnectionError(cause: unknown): BrokenConnectionError {
  return new BrokenConnectionError(
    'provider_error',
    'The connection to the provider broke in the middle of its reply.',
    { cause, detail: 'connection_lost' },
  );
}

/** What ended the reading of a body: the reason of an abort as it is, anything else as a connection that broke. */
function whyBroken(error: unknown): GatewayError | ClientDisconnectedError {
  return error instanceof GatewayError || error instanceof ClientDisconnectedError
    ? error
    : brokenConnectionError(error);
}

/** A connection serves the next call only where this one's body has been read to its end. */
async function readRest(reader: ByteReader): Promise<void> {
  const stop = setCancellableTimeout(maxLagMs, () => void reader.cancel());
  try {
    while (reader.take(await reader.ask()));
  } catch {
    // The call is complete: how its connection ends is nobody's concern.
  } finally {
    stop();
  }
}
