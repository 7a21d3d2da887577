import { GatewayError } from '../domain/errors.ts';
import { concatBytes } from '../lib/concat-bytes.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import { ByteReader } from './byte-reader.ts';
import { ClientDisconnectedError, type Deadlines } from './deadlines.ts';
import { GatheringReader } from './gathering-reader.ts';

/** How long the end of a body may lag behind its protocol's terminator. */
const maxLagMs = 250;

/** A longer body is read in pieces. */
const maxShortBodyBytes = 64 * 1024;

/**
 * Reads a provider's body chunk by chunk under the request's deadlines. Not a generator, since each of its steps would cost a
 * chunk as much as the read itself. Must be closed, however the reading has ended.
 */
export class BodyReader {
  readonly #deadlines: Deadlines;
  readonly #reader: ByteReader | GatheringReader | undefined;
  #connectionError: BrokenConnectionError | undefined;
  // A body that is not read from a network does not end by itself when the signal says so.
  readonly #cancel = () => void this.#reader?.cancel(this.#deadlines.reason);

  /** With `gathersChunks`, chunks that follow each other quickly are read together, up to 20 ms later. */
  constructor(response: Response, deadlines: Deadlines, { gathersChunks = false } = {}) {
    this.#deadlines = deadlines;
    this.#reader = response.body ? openReader(response, response.body, gathersChunks && deadlines.now) : undefined;
    deadlines.signal.addEventListener('abort', this.#cancel, { once: true });
  }

  /** Why the connection broke, where it did. The response that was read until then may be whole nevertheless. */
  get connectionError(): BrokenConnectionError | undefined {
    return this.#connectionError;
  }

  /**
   * Returns the next chunk; undefined at the end, and where the connection broke. The chunk's memory is reused by the next read.
   * Throws the reason of an abort.
   */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!this.#reader) return undefined;
    const deadlines = this.#deadlines;
    deadlines.startWaiting();
    try {
      for (;;) {
        const bytes = this.#reader.take(await this.#reader.read());
        if (deadlines.reason) throw deadlines.reason;
        if (!bytes) return undefined;
        if (bytes.byteLength === 0) continue;
        deadlines.markByte();
        return bytes;
      }
    } catch (error) {
      const reason = deadlines.reason ?? toReadError(error);
      if (!(reason instanceof BrokenConnectionError)) throw reason;
      this.#connectionError = reason;
      return undefined;
    } finally {
      deadlines.stopWaiting();
    }
  }

  /** Cancels the rest of the body; where the request is complete, the rest is read for a moment longer. */
  async close(): Promise<void> {
    this.#deadlines.signal.removeEventListener('abort', this.#cancel);
    if (this.#deadlines.completed && this.#reader) await drain(this.#reader);
    else this.#cancel();
  }
}

/** Only a body that the runtime has fetched is drained without waking JavaScript; a body made in JavaScript has no URL. */
function openReader(
  { url }: Response,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  now: (() => number) | false,
): ByteReader | GatheringReader {
  return now && url !== '' ? new GatheringReader(body, now) : new ByteReader(body);
}

/** An isolate has 128 MB for everything. */
const maxResponseBytes = 64 * 1024 * 1024;

/**
 * Reads a body to its end. Throws the reason of an abort, and `provider_error` where the connection breaks or the body is larger
 * than 64 MB.
 */
export async function readBody(deadlines: Deadlines, response: Response): Promise<Uint8Array<ArrayBuffer>> {
  // Most responses are short. Reading them in pieces would cost more than all the rest of the request.
  if (isShort(response.headers)) {
    const bytes = await deadlines.race(response.arrayBuffer()).catch((error: unknown) => {
      throw toReadError(error);
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

/** The length of a compressed body does not bound its decoded length. */
function isShort(headers: Headers): boolean {
  return !headers.has('content-encoding') && Number(headers.get('content-length') ?? Number.NaN) < maxShortBodyBytes;
}

/** The connection to a provider broke while its response was read. */
export class BrokenConnectionError extends GatewayError {}

export function brokenConnectionError(cause: unknown): BrokenConnectionError {
  return new BrokenConnectionError(
    'provider_error',
    'The connection to the provider broke in the middle of its reply.',
    { cause, detail: 'connection_lost' },
  );
}

/** Returns the reason of an abort as it is; any other error means that the connection broke. */
function toReadError(error: unknown): GatewayError | ClientDisconnectedError {
  return error instanceof GatewayError || error instanceof ClientDisconnectedError
    ? error
    : brokenConnectionError(error);
}

/** The runtime reuses a connection only where the body has been read to its end. */
async function drain(reader: ByteReader | GatheringReader): Promise<void> {
  const stop = setCancellableTimeout(maxLagMs, () => void reader.cancel());
  try {
    while (reader.take(await reader.read()));
  } catch {
    // The request is complete: an error of its connection changes nothing.
  } finally {
    stop();
  }
}
