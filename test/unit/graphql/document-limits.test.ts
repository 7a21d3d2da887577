import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { measureDocument } from '../../../src/graphql/document-limits.ts';

const measure = (text: string) => measureDocument(parse(text));

describe('a document is as large as what it asks for', () => {
  test.each([
    ['{ a }', { depth: 1, fields: 1, rootFields: ['a'] }],
    ['{ a { b { c } } d }', { depth: 3, fields: 4, rootFields: ['a', 'd'] }],
    ['{ ...f ...f } fragment f on Q { a { b } }', { depth: 2, fields: 4, rootFields: ['a', 'a'] }],
    ['{ ... on Q { a } ... { b { c } } }', { depth: 2, fields: 3, rootFields: ['a', 'b'] }],
    ['{ a { ...f } } fragment f on A { b { ...g } } fragment g on B { c }', { depth: 3, fields: 3 }],
    ['query x { a } query y { b { c } }', { depth: 2, fields: 3, rootFields: ['a', 'b'] }],
    ['{ x: a @d y: b { z: c @d @d } }', { aliases: 3, directives: 3 }],
    ['{ a { ...missing } }', { depth: 1, fields: 1, circular: false }],
    ['{ __schema { types { fields { type { name } } } } }', { depth: 1, fields: 5 }],
  ])('%s', (text, size) => {
    expect(measure(text)).toMatchObject(size);
  });
});

test('a fragment that leads to itself is found, used or not', () => {
  expect(measure('{ a { ...f } } fragment f on A { b { ...f } }').circular).toBe(true);
  expect(measure('{ a } fragment f on A { ...g } fragment g on A { ...f }').circular).toBe(true);
  expect(measure('{ ...f ...g } fragment f on Q { ...g } fragment g on Q { a }').circular).toBe(false);
});

test('fragments that double with each step are measured in one look at each', () => {
  const steps = Array.from({ length: 60 }, (_, i) => `fragment f${i} on A { ...f${i + 1} b { ...f${i + 1} } }`).join(
    ' ',
  );
  const size = measure(`{ a { ...f0 } } ${steps} fragment f60 on A { id }`);
  expect(size.fields).toBeGreaterThan(2 ** 60);
  expect(size.depth).toBe(62);
});

test('root fields that double with each step are not written out', () => {
  const steps = Array.from({ length: 60 }, (_, i) => `fragment f${i} on Q { ...f${i + 1} ...f${i + 1} }`).join(' ');
  expect(measure(`{ ...f0 } ${steps} fragment f60 on Q { me }`).rootFields).toHaveLength(1000);
});
