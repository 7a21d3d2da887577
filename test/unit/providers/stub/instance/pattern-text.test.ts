import { describe, expect, test } from 'vitest';
import { patternText } from '../../../../../src/providers/stub/instance/pattern-text.ts';

describe('a text that matches', () => {
  test.each([
    ['', ''],
    ['abc', 'abc'],
    ['^a?b*c+$', 'c'],
    ['^(foo|ba[rz])+$', 'foo'],
    ['^(a+|)b$', 'b'],
    ['^[^a-z\\s]$', 'A'],
    ['^\\+?[0-9 ]{7,15}$', '0000000'],
    ['^#[\\da-fA-F]{6}$', '#aaaaaa'],
    ['^\\w+@\\w+\\.[a-z]{2,}$', 'a@a.aa'],
    ['^(?:\\d{1,3}\\.){3}\\d{1,3}$', '0.0.0.0'],
    ['^(?<year>\\d{4})-\\d\\d$', '0000-00'],
    ['^\\p{Lu}\\P{L}.$', 'A0a'],
    ['^\\u00e9\\x41\\n$', 'éA\n'],
    ['^[\\]\\-]{2}$', '--'],
    ['^a{2,3}?b{0}$', 'aa'],
    ['^{}$', '{}'],
    ['\\bword\\b', 'word'],
  ])('%s is %j', (pattern, text) => {
    expect(patternText(pattern, 0, 0)).toBe(text);
    expect(text).toMatch(isUnicode(pattern) ? new RegExp(pattern, 'u') : new RegExp(pattern));
  });

  test.each([
    ['^a+$', 'aaaaa'],
    ['^[a-z]{2,8}$', 'aaaaa'],
    ['^(ab)*c$', 'ababc'],
    ['^x', 'xxxxx'],
  ])('%s may be longer', (pattern, text) => {
    expect(patternText(pattern, 5, 0)).toBe(text);
    expect(text).toMatch(new RegExp(pattern));
  });

  test('each variant is another one', () => {
    const texts = [0, 1, 2].map((variant) => patternText('^[a-c]{2}$', 0, variant));
    expect(texts).toEqual(['aa', 'bb', 'cc']);
  });
});

test.each([
  ['an assertion that looks around', '^(?=a)a$'],
  ['one that looks behind', '(?<!a)b'],
  ['a reference back', '^(a)\\1$'],
  ['a mistake', '^(a$'],
  ['another mistake', '[a'],
  ['nothing to repeat', '*'],
  ['a class of nothing', '[^\\s\\S]'],
  ['a text without end', '^(a{1000}){1000}$'],
  ['too short a text', '^a$'],
])('there is none for %s', (_, pattern) => {
  expect(patternText(pattern, 2, 0)).toBeUndefined();
});

test('a pattern that takes for ever to run is not run', () => {
  const startedAt = performance.now();
  expect(patternText('^(a+)+(b+)+(?:c|c)+d$', 60, 0)?.endsWith('d')).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

function isUnicode(pattern: string): boolean {
  return /\\p/.test(pattern);
}
