import { expect, it } from 'vitest';
import { compactJson, keepExactNumbers, parseExactJson } from '../../../src/lib/exact-json.ts';

it.each([
  '{"id":2512292042121000001}',
  '{"a":[9223372036854775807,-12345678901234567890]}',
  '{"a":1.0,"b":1e400,"c":-0,"d":1.10,"e":0.12345678901234567,"f":1E5}',
  '{"__proto__":{"x":12345678901234567890}}',
  '{"plain":1,"text":"2026-11-05 1.0 1e5"}',
])('keeps %s as it is', (json) => {
  expect(JSON.stringify(parseExactJson(json))).toBe(json);
});

it.each([
  '{"__proto__":1.0,"a":{"__proto__":[1.0,"1.0"]}}',
  '["\\"1.0","1.0\\\\",1.0,-0.0,-1.5e300,12345678901234567]',
  '1.0',
  '[[1.0],{},"",[]]',
])('keeps the digits of %s and its texts', (json) => {
  expect(JSON.stringify(parseExactJson(json))).toBe(json);
});

it.each([
  '[01.0]',
  '{1.0:2}',
  '[1.0.0]',
  '[+1.0]',
  '[1.]',
  '{"a":1.0',
  '["1.0]',
  '[1.0"x"]',
  '[1.01-0]',
  '[.5e3]',
  '[1.0e]',
])('refuses %s as JSON.parse does', (json) => {
  expect(() => JSON.parse(json)).toThrow(SyntaxError);
  expect(() => parseExactJson(json)).toThrow(SyntaxError);
});

it('reads 2 million numbers beside one that is kept in less than two seconds', () => {
  const startedAtMs = performance.now();
  const value = parseExactJson(`{"a":[${'1,'.repeat(2_000_000)}1],"b":1.0}`);
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  expect(value).toMatchObject({ b: JSON.rawJSON('1.0') });
});

it('leaves numbers that JavaScript writes alike as numbers', () => {
  expect(parseExactJson('{"a":12345678901234567890,"b":7,"c":0.5}')).toMatchObject({ b: 7, c: 0.5 });
});

it('keeps the numbers of the objects at the paths only', () => {
  const text = '{"temperature":1.0,"tools":[{"schema":{"maximum":9223372036854775807}},{"schema":null}]}';
  const value: unknown = JSON.parse(text);
  keepExactNumbers(text, value, [['tools', '*', 'schema']]);
  expect(value).toMatchObject({ temperature: 1 });
  expect(JSON.stringify(value)).toContain('"maximum":9223372036854775807}');
});

it('writes JSON without white space, and what is too deep as it is', () => {
  expect(compactJson('{ "a" : [ 1.0 ] }')).toBe('{"a":[1.0]}');
  const deep = `{"a":${'['.repeat(200_000)}1.0${']'.repeat(200_000)}}`;
  expect(compactJson(deep) === deep).toBe(true);
});
