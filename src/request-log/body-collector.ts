import { concatBytes } from '../lib/concat-bytes.ts';
import { maskLogProbabilities } from './mask-log-probabilities.ts';
import { maskSecretText } from './mask-secrets.ts';
import { maskStreamText } from './mask-stream.ts';

export const maxBodyBytes = 64 * 1024;
/** What is read beyond the maximum, so that a secret at the cut is recognised. It is not kept. */
const lookaheadBytes = 4 * 1024;

/** A body as it is kept. */
export interface KeptText {
  readonly text: string;
  /** Whether the rest of it was cut off. */
  readonly isCut: boolean;
}

/** Collects the beginning of a body. */
export class BodyCollector {
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;
  #isFull = false;

  append(chunk: Uint8Array): void {
    const free = maxBodyBytes + lookaheadBytes - this.#length;
    if (chunk.byteLength > free) this.#isFull = true;
    if (free <= 0) return;
    // Copied: a chunk may be a small part of a larger buffer.
    const part = new Uint8Array(chunk.subarray(0, free));
    this.#chunks.push(part);
    this.#length += part.byteLength;
  }

  /** Returns what was collected, with its secrets masked; undefined if it was empty. */
  mask(secrets: readonly string[], { isStream }: { readonly isStream: boolean }): KeptText | undefined {
    if (this.#length === 0) return undefined;
    const text = maskLogProbabilities(new TextDecoder().decode(concatBytes(this.#chunks)));
    const masked = isStream ? maskStreamText(text, secrets) : maskSecretText(text, secrets);
    return cutText(masked, this.#isFull ? lookaheadBytes : 0);
  }
}

/** Cuts a text to the maximum, and takes at least `dropBytes` from its end: a secret that ends behind them is not recognised. */
function cutText(text: string, dropBytes: number): KeptText {
  const bytes = new TextEncoder().encode(text);
  const length = Math.max(0, Math.min(maxBodyBytes, bytes.byteLength - dropBytes));
  if (length === bytes.byteLength) return { text, isCut: false };
  // `stream` leaves out a character that is not whole.
  return { text: new TextDecoder().decode(bytes.subarray(0, length), { stream: true }), isCut: true };
}
