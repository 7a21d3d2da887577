import { describe, expect, it } from 'vitest';
import { EventSplitter } from '../../../src/gateway/event-splitter.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Splits a text that arrives in these pieces; the last is what has not ended. */
function split(...pieces: readonly string[]): string[] {
  const splitter = new EventSplitter();
  const events = pieces.flatMap((piece) => splitter.push(new Uint8Array(encode(piece))));
  return [...events, splitter.end()].map(decode);
}

const streams: readonly (readonly [string, readonly string[]])[] = [
  ['line feeds', ['data: a\n\n', 'event: b\ndata: b\n\n', '\n', 'data: c']],
  ['carriage returns with line feeds', ['data: a\r\n\r\n', 'event: b\r\ndata: b\r\n\r\n', '\r\n', 'data: c\r\n']],
  ['carriage returns', ['data: a\r\r', 'event: b\rdata: b\r\r', '\r', 'data: c']],
  ['mixed line breaks', ['data: a\r\n\n', 'data: b\n\r\n', 'data: c\r\r\n', 'data: d\n\r', 'data: e']],
];

describe('EventSplitter', () => {
  it.each(streams)('splits events with %s, cut at any two bytes', (_, events) => {
    const text = events.join('');
    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 1) {
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        expect(split(...pieces), JSON.stringify(pieces)).toEqual(events);
      }
    }
  });
});
