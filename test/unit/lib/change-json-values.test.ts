import { expect, it } from 'vitest';
import { changeJsonValues } from '../../../src/lib/change-json-values.ts';
import { findJsonSpans } from '../../../src/lib/find-json-spans.ts';

const remove = (text: string, pattern: string[], ...paths: string[]) =>
  changeJsonValues(text, pattern, (path) => (paths.includes(path.join('.')) ? null : undefined));

it.each([
  [['a.0'], '{ "a" : [ 2,3 ] , "b": {"a":[9]} }'],
  [['a.1'], '{ "a" : [ 1 , 3 ] , "b": {"a":[9]} }'],
  [['a.2'], '{ "a" : [ 1 , 2 ] , "b": {"a":[9]} }'],
  [['a.1', 'a.2'], '{ "a" : [ 1  ] , "b": {"a":[9]} }'],
  [['a.0', 'a.1', 'a.2'], '{ "a" : [  ] , "b": {"a":[9]} }'],
])('removes %j with its comma', (paths, expected) => {
  expect(remove('{ "a" : [ 1 , 2,3 ] , "b": {"a":[9]} }', ['a', '*'], ...paths)).toBe(expected);
});

it('removes a property with its name', () => {
  expect(remove('[{"x":1,"y":2},{"y":3}]', ['*', 'y'], '0.y', '1.y')).toBe('[{"x":1},{}]');
});

it('replaces a value and keeps every other byte', () => {
  const text = '{"a":{"b" : "\\u0061,]}" ,"c":1.0}}';
  expect(changeJsonValues(text, ['a', 'b'], () => 'null')).toBe('{"a":{"b" : null ,"c":1.0}}');
});

it('finds the last of two properties of one name', () => {
  const text = '{"a":1,"\\u0061":[2]}';
  expect(findJsonSpans(text, ['a']).map(({ start, end }) => text.slice(start, end))).toEqual(['[2]']);
});
