import { maxUninterruptedLength } from './yield-to-event-loop.ts';

/** The deepest nesting of objects and arrays in a body. */
export const maxJsonDepth = 200;
/** Values in a body, property names included, but without the integers that `maxJsonIntegers` bounds. */
export const maxJsonValues = 200_000;
/** Integers of up to 15 digits, as the token ids that embeddings send. More than fill a body of 10 MiB at 5 digits each. */
export const maxJsonIntegers = 2_000_000;
/** Integers up to here are exact in JavaScript. */
const maxIntegerDigits = 15;
/** A longer number counts as several values: parsing 300 digits takes as long as parsing 20 numbers. */
const charactersPerNumber = 16;
/** Property names in a body that differ. Objects of always other names are what `JSON.parse` takes longest for. */
export const maxJsonNames = 50_000;

export type JsonExcess = 'depth' | 'values' | 'integers' | 'names';

export interface JsonScan {
  /** The limit that the text exceeds. The scan ends there. */
  readonly excess?: JsonExcess;
  /** Where the property names of the outermost object begin and end, quotes included: pairs of offsets. */
  readonly nameOffsets: readonly number[];
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;

/** What a byte outside of strings begins. */
const kinds = { other: 0, string: 1, open: 2, close: 3, comma: 4, number: 5, literal: 6 } as const;
const kindOfByte = new Uint8Array(256);
for (const [kind, characters] of [
  [kinds.string, '"'],
  [kinds.open, '{['],
  [kinds.close, '}]'],
  [kinds.comma, ','],
  [kinds.number, '-0123456789'],
  [kinds.literal, 'fnt'],
] as const) {
  for (const character of characters) kindOfByte[character.charCodeAt(0)] = kind;
}

/** The bytes that go on a number, of which the digits are 1. */
const numberBytes = new Uint8Array(256);
for (const character of '+-.eE') numberBytes[character.charCodeAt(0)] = 2;
for (const character of '0123456789') numberBytes[character.charCodeAt(0)] = 1;

/**
 * Measures JSON text before it is parsed, for `JSON.parse` cannot be interrupted: 4 million nested arrays take 0.8 s. One pass,
 * about 1 ns a byte. What is not valid JSON is left to the parser.
 */
export function scanJson(bytes: Uint8Array): JsonScan {
  // Fewer names fit into a shorter text.
  const names = bytes.length > maxUninterruptedLength ? new DistinctNames() : undefined;
  const nameOffsets: number[] = [];
  let depth = 0;
  let values = 0;
  let integers = 0;
  let expectsName = false;
  for (let offset = 0; offset < bytes.length; offset += 1) {
    switch (kindOfByte[bytes[offset] ?? 0]) {
      case kinds.other:
        break;
      case kinds.number: {
        const start = offset;
        let classes = numberBytes[bytes[start] ?? 0] ?? 0;
        for (let next = numberBytes[bytes[offset + 1] ?? 0]; next; next = numberBytes[bytes[offset + 1] ?? 0]) {
          classes |= next;
          offset += 1;
        }
        const length = offset - start + 1;
        if (classes === 1 && length <= maxIntegerDigits) integers += 1;
        else values += Math.ceil(length / charactersPerNumber);
        if (integers > maxJsonIntegers) return { excess: 'integers', nameOffsets };
        break;
      }
      case kinds.string: {
        const start = offset;
        offset = findClosingQuote(bytes, start);
        values += 1;
        if (expectsName) nameOffsets.push(start, offset + 1);
        expectsName = false;
        if (names?.add(bytes, start, offset)) return { excess: 'names', nameOffsets };
        break;
      }
      case kinds.open:
        depth += 1;
        values += 1;
        if (depth > maxJsonDepth) return { excess: 'depth', nameOffsets };
        expectsName = depth === 1 && bytes[offset] === openBrace;
        break;
      case kinds.close:
        depth -= 1;
        break;
      case kinds.comma:
        if (depth === 1) expectsName = true;
        break;
      default:
        values += 1;
    }
    if (values > maxJsonValues) return { excess: 'values', nameOffsets };
  }
  return { nameOffsets };
}

/** Returns the offset of the quote that ends the string; the length of the text where none does. */
function findClosingQuote(bytes: Uint8Array, start: number): number {
  let offset = start + 1;
  for (let byte = bytes[offset]; byte !== quote && byte !== undefined; byte = bytes[offset]) {
    offset += byte === backslash ? 2 : 1;
  }
  return offset;
}

/** Counts property names that differ, by their hashes: a few in a hundred may be missed, none is counted twice. */
class DistinctNames {
  readonly #used = new Uint8Array(1 << 20);
  // Unknown to clients, who could else choose names of one hash.
  readonly #seed = crypto.getRandomValues(new Int32Array(1))[0] ?? 0;
  #count = 0;

  /** Adds a string if it is a name. Returns whether there are too many then. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    let next = end + 1;
    for (let byte = bytes[next]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[next]) {
      next += 1;
    }
    if (bytes[next] !== colon) return false;
    let hash = this.#seed;
    for (let offset = start; offset < end; offset += 1) {
      hash = Math.imul(hash ^ (bytes[offset] ?? 0), 0x01000193);
      hash ^= hash >>> 15;
    }
    const slot = hash & (this.#used.length - 1);
    if (this.#used[slot] === 0) {
      this.#used[slot] = 1;
      this.#count += 1;
    }
    return this.#count > maxJsonNames;
  }
}
