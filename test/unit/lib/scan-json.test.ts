import { describe, expect, it } from 'vitest';
import { maxJsonDepth, maxJsonIntegers, maxJsonNames, maxJsonValues, scanJson } from '../../../src/lib/scan-json.ts';

const scan = (text: string) => scanJson(new TextEncoder().encode(text));
const repeat = (text: string, count: number) => Array.from({ length: count }, () => text).join();

describe('the limits', () => {
  it.each([
    ['arrays', '['.repeat(maxJsonDepth), ']'.repeat(maxJsonDepth)],
    ['objects', '{"a":'.repeat(maxJsonDepth), '}'.repeat(maxJsonDepth)],
  ])('bound the depth of %s', (_, open, close) => {
    expect(scan(`${open}1${close}`).excess).toBeUndefined();
    expect(scan(`[${open}1${close}]`).excess).toBe('depth');
  });

  it('do not count brackets in strings, however the strings are escaped', () => {
    const brackets = '['.repeat(300);
    for (const text of [brackets, `\\"${brackets}`, `\\\\\\"${brackets}\\\\`])
      expect(scan(`["${text}"]`)).toEqual({ nameOffsets: [] });
    expect(scan(`["\\\\",${brackets}`).excess).toBe('depth');
  });

  it.each(['""', '[]', '{}', 'true', 'false', 'null', '-1', '0.5', '1e9', '-1.5E+300', '1234567890123456'])(
    'bound the number of values such as %s',
    (value) => {
      expect(scan(`[${repeat(value, maxJsonValues - 1)}]`).excess).toBeUndefined();
      expect(scan(`[${repeat(value, maxJsonValues)}]`).excess).toBe('values');
    },
  );

  it('count a long number as one value for each 16 characters', () => {
    const number = '0.123456789012345678901234567890'.padEnd(32, '0');
    expect(scan(`[${repeat(number, maxJsonValues / 2 - 1)}]`).excess).toBeUndefined();
    expect(scan(`[${repeat(number, maxJsonValues / 2)}]`).excess).toBe('values');
  });

  it.each(['0', '50256', '123456789012345'])('count integers such as %s by themselves', (value) => {
    expect(scan(`[${repeat(value, maxJsonIntegers)}]`).excess).toBeUndefined();
    expect(scan(`[${repeat(value, maxJsonIntegers + 1)}]`).excess).toBe('integers');
    expect(scan(`[${repeat(`[${value} , ${value}]`, maxJsonValues - 1)}]`).excess).toBeUndefined();
  });

  it('count names that differ, in large bodies', () => {
    const objects = (count: number, name: (index: number) => string) =>
      `[${Array.from({ length: count }, (_, index) => `{"${name(index)}" : 1}`).join()}]`;
    expect(scan(objects(60_000, () => 'name')).excess).toBeUndefined();
    expect(scan(objects(maxJsonNames, (index) => `name ${index}`)).excess).toBeUndefined();
    expect(scan(objects(maxJsonNames * 1.2, (index) => `name ${index}`)).excess).toBe('names');
    const texts = Array.from({ length: maxJsonNames * 2 }, (_, index) => `"text ${index}"`);
    expect(scan(`[${texts.join()}]`).excess).toBeUndefined();
  });
});

describe('the names of the outermost object', () => {
  it.each([
    ['{"a":1,"b":"c","d":["e",{"f":1}],"g":{"h":"i","j":1},"k":""}', ['"a"', '"b"', '"d"', '"g"', '"k"']],
    [' { "a\\"b" : "x,y" , "" : {} , "ü" : [ ] } ', ['"a\\"b"', '""', '"ü"']],
    ['{}', []],
    ['[{"a":1}]', []],
    ['"a"', []],
  ])('of %s', (text, names) => {
    const bytes = new TextEncoder().encode(text);
    const { nameOffsets } = scanJson(bytes);
    const found = nameOffsets.flatMap((start, index) =>
      index % 2 === 0 ? [new TextDecoder().decode(bytes.subarray(start, nameOffsets[index + 1]))] : [],
    );
    expect(found).toEqual(names);
  });
});

it.each(['', '"', '"\\', '{"', '}', ']]]]', '[}', ',', '{"a"'])('leaves what is no JSON to the parser: %s', (text) => {
  expect(scan(text).excess).toBeUndefined();
});
