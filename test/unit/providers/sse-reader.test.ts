import { describe, expect, test } from 'vitest';
import { SseReader } from '../../../src/providers/sse-reader.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function read(pieces: readonly Uint8Array[]) {
  const reader = new SseReader();
  const messages = pieces.flatMap((piece) => reader.push(piece));
  return [...messages, ...reader.end()].map(({ event, data }) => ({ event, data }));
}

const text =
  ': hi\n\nevent: ping\ndata: {"a":"Ж👋🏽é"}\n\nid: 1\ndata: first\ndata:second\n\nretry: 5\nodd\n\ndata: last\n\n';
const expected = [
  { event: 'ping', data: '{"a":"Ж👋🏽é"}' },
  { event: undefined, data: 'first\nsecond' },
  { event: undefined, data: 'last' },
];

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('events with %s', (_name, lineBreak) => {
  const bytes = bytesOf(text.replaceAll('\n', lineBreak));

  test('are the same wherever the bytes are cut in two', () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
    }
  });

  test('are the same one byte at a time', () => {
    expect(read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });
});

test('a byte order mark is passed over, in one piece or three', () => {
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, ...bytesOf('data: a\n\n')]);
  for (const pieces of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
    expect(read(pieces)).toEqual([{ event: undefined, data: 'a' }]);
  }
});

test('an event is given with the byte that ends it', () => {
  const reader = new SseReader();
  expect(reader.push(bytesOf('data: a\n'))).toEqual([]);
  expect(reader.push(bytesOf('\n'))).toHaveLength(1);
});

test.each(['data: a', 'data: a\n', 'data: a\r', 'data: a\r\n', 'data: a\n\n'])(
  'a last event %j is given at the end',
  (end) => {
    expect(read([bytesOf(end)])).toEqual([{ event: undefined, data: 'a' }]);
  },
);

test('a character that the end cuts off does not take its event with it', () => {
  expect(read([bytesOf('data: a👋').subarray(0, -2)])).toEqual([{ event: undefined, data: 'a\ufffd' }]);
});

test('a line that comes in a great many pieces takes no more than linear time', () => {
  const piece = bytesOf('x'.repeat(64));
  const reader = new SseReader();
  reader.push(bytesOf('data: '));
  for (let sent = 0; sent < 20_000; sent += 1) expect(reader.push(piece)).toEqual([]);
  expect(reader.push(bytesOf('\n\n'))[0]?.data.length).toBe(64 * 20_000);
});
