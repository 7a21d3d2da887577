import { describe, expect, test } from 'vitest';
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
