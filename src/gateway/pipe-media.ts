import { GatewayError } from '../domain/errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import type { BodyReader } from './body-reader.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import { JsonSkeleton } from './json-skeleton.ts';
import { meterReply } from './meter-reply.ts';

/** A reply of JSON that is not longer is read whole, so that one which breaks off is an error. */
const maxWholeJsonBytes = 1024 * 1024;

/** A provider's reply on its way to the client. */
interface MediaReply {
  readonly attempt: Attempt;
  readonly endpoint: Endpoint;
  readonly reader: BodyReader;
  /** The client's side. */
  readonly writable: WritableStream<Uint8Array>;
  /** The bytes that were read before. */
  readonly head: readonly Uint8Array<ArrayBuffer>[];
  readonly isJson: boolean;
}

/** The start of a reply. */
export interface ReplyHead {
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
  /** Whether that is all of it. */
  readonly isWhole: boolean;
}

/** Reads a reply to its end, or the first megabyte of a longer one. Throws as the reader does, and where the connection breaks. */
export async function readHead(reader: BodyReader): Promise<ReplyHead> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (length < maxWholeJsonBytes) {
    const bytes = await reader.read();
    if (!bytes) {
      if (reader.connectionError) throw reader.connectionError;
      return { parts, isWhole: true };
    }
    parts.push(bytes.slice());
    length += bytes.byteLength;
  }
  return { parts, isWhole: false };
}

/**
 * Passes the bytes of a reply to the client as they arrive, and reads the counts of JSON on the side. A reply that breaks off breaks off
 * for the client too: bytes that are no events have no room for an error. Never rejects.
 */
export async function pipeMedia({ attempt, endpoint, reader, writable, head, isJson }: MediaReply): Promise<void> {
  const writer = writable.getWriter();
  const skeleton = isJson ? new JsonSkeleton() : undefined;
  try {
    try {
      for (const bytes of head) {
        skeleton?.push(bytes);
        await write(writer, bytes);
      }
      for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
        skeleton?.push(bytes);
        // The reader fills the same memory again.
        await write(writer, bytes.slice());
      }
      if (reader.connectionError) throw reader.connectionError;
      settle(attempt, endpoint, skeleton);
    } finally {
      await reader.close();
    }
    await writer.close();
  } catch (thrown) {
    const error = attempt.fail(thrown, undefined, { isUnmeasured: true });
    await writer.abort(error).catch(() => undefined);
  }
}

function settle(attempt: Attempt, endpoint: Endpoint, skeleton: JsonSkeleton | undefined): void {
  if (skeleton) {
    const text = skeleton.text();
    attempt.recordResponse(text === undefined ? { usage: { unpriced: true } } : meterReply(endpoint, text));
  }
  attempt.complete('stop');
}

/** Rejects with a ClientDisconnectedError once the client has stopped reading. */
async function write(writer: WritableStreamDefaultWriter<Uint8Array>, bytes: Uint8Array): Promise<void> {
  try {
    await writer.write(bytes);
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : new ClientDisconnectedError('The client no longer reads.', { cause });
  }
}
