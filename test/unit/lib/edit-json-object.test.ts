import { expect, test } from 'vitest';
import { setJsonProperties } from '../../../src/lib/edit-json-object.ts';

test.each([
  ['{}', '{"model":"b"}'],
  [' { } ', ' { "model":"b"} '],
  ['{"model":"a"}', '{"model":"b"}'],
  ['{"model" : "a" , "n":1}', '{"model" : "b" , "n":1}'],
  ['{"n":1e2,"x":[{"model":"a"}]}', '{"n":1e2,"x":[{"model":"a"}],"model":"b"}'],
  ['{"n":12345678901234567890.0, "model":{"a":[1,"}"]}}', '{"n":12345678901234567890.0, "model":"b"}'],
  [String.raw`{"mod\u0065l":"a\"","x":"\\"}`, String.raw`{"mod\u0065l":"b","x":"\\"}`],
  ['{"model":null,"model":true}', '{"model":"b","model":"b"}'],
  ['{"a":-1,"model":1\n}', '{"a":-1,"model":"b"\n}'],
])('%s', (text, expected) => {
  expect(setJsonProperties(text, { model: '"b"' })).toBe(expected);
  expect(JSON.parse(expected).model).toBe('b');
});

test('sets several properties and keeps all others unchanged', () => {
  const text = '{"b": [ ],"stream" :true,  "ünïcode":"\ud83d\ude00"}';
  expect(setJsonProperties(text, { stream: 'false', a: '{"x":1}' })).toBe(
    '{"b": [ ],"stream" :false,  "ünïcode":"\ud83d\ude00","a":{"x":1}}',
  );
  expect(setJsonProperties(text, {})).toBe(text);
});

test('changes only the named property in the output of JSON.stringify, with or without white space', () => {
  const value = { a: [1, { b: '"}],{"' }, []], model: { c: ['\\', '\\"'] }, d: { model: null }, e: '\u2028', f: false };
  for (const space of [undefined, 1, '\t']) {
    const changed = JSON.parse(setJsonProperties(JSON.stringify(value, null, space), { model: '"b"' }));
    expect(changed).toEqual({ ...value, model: 'b' });
    expect(Object.keys(changed)).toEqual(Object.keys(value));
  }
});
