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
