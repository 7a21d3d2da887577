import type { StreamEvent } from '../../../../src/domain/response.ts';
import type { StreamDecoder } from '../../../../src/providers/provider.ts';

/** A stream of Chat Completions chunks as it stands on the wire; strings go as they are, objects as JSON. */
export function sse(chunks: readonly (string | object)[], lineBreak = '\n'): Uint8Array {
  const data = chunks.map((chunk) => (typeof chunk === 'string' ? chunk : JSON.stringify(chunk)));
  return new TextEncoder().encode(data.map((line) => `data: ${line}${lineBreak}${lineBreak}`).join(''));
}

/** What a decoder makes of bytes that arrive in these pieces: its events, and what it threw in the end. */
export function decode(decoder: StreamDecoder, pieces: readonly Uint8Array[]) {
  const events: StreamEvent[] = [];
  try {
    for (const piece of pieces) decoder.push(piece, events);
    decoder.end(events);
    return { events, thrown: undefined };
  } catch (thrown) {
    return { events, thrown: thrown as Error };
  }
}

/** The bytes whole, one by one, and cut in two at every place. */
export function* everyCut(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
  for (let at = 1; at < bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

/** A chunk with a delta for the first choice. */
export function delta(delta: object, finishReason: string | null = null): object {
  return { model: 'm-1', choices: [{ index: 0, delta, finish_reason: finishReason }] };
}
