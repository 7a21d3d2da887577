import { describe, expect, test, vi } from 'vitest';
import { NdjsonReader } from '../../../src/providers/ndjson-reader.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function readCut(bytes: Uint8Array, at: number): string[] {
  const reader = new NdjsonReader();
  const lines = [...reader.push(bytes.subarray(0, at)), ...reader.push(bytes.subarray(at)), ...reader.end()];
  return lines.map((line) => line.trim());
}

describe('lines are the same wherever the bytes are cut', () => {
  test.each([
    ['LF', '{"a":"Привет"}\n{"b":"🌍"}\n'],
    ['CRLF', '{"a":"Привет"}\r\n{"b":"🌍"}\r\n'],
    ['blank lines', '\n\r\n{"a":"Привет"}\n\n  \n{"b":"🌍"}\n\n'],
    ['a last line without a line break', '{"a":"Привет"}\n{"b":"🌍"}'],
  ])('%s', (_, text) => {
    const bytes = bytesOf(text);
    for (let at = 0; at <= bytes.length; at++) expect(readCut(bytes, at)).toEqual(['{"a":"Привет"}', '{"b":"🌍"}']);
  });
});

test('a line is given as soon as its line break has come, and only once', () => {
  const reader = new NdjsonReader();
  expect(reader.push(bytesOf('{"a":1}'))).toEqual([]);
  expect(reader.push(bytesOf('\n{"b"'))).toEqual(['{"a":1}']);
  expect(reader.push(bytesOf(':2}\n'))).toEqual(['{"b":2}']);
  expect(reader.end()).toEqual([]);
});

test('nothing has no lines', () => {
  expect(new NdjsonReader().end()).toEqual([]);
});

test('a line costs time in proportion to its length, however many pieces it comes in', () => {
  // The characters that are searched are counted, for the clock does not tell in a short test.
  const searched = vi.spyOn(String.prototype, 'split');
  const piece = bytesOf('x'.repeat(1024));
  const readLong = (pieces: number) => {
    const reader = new NdjsonReader();
    searched.mockClear();
    for (let index = 0; index < pieces; index += 1) reader.push(piece);
    const [line] = reader.push(bytesOf('\n'));
    expect(line?.length).toBe(pieces * piece.length);
    return searched.mock.contexts.reduce<number>((sum, text) => sum + String(text).length, 0);
  };
  const [short, long] = [readLong(64), readLong(512)];
  searched.mockRestore();
  expect(short).toBeGreaterThan(0);
  expect(long).toBeLessThanOrEqual(9 * short);
});
