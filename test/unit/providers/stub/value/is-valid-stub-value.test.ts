import { describe, expect, it } from 'vitest';
import { isValidStubValue } from '../../../../../src/providers/stub/value/is-valid-stub-value.ts';
import { readStubDocument } from '../../../../../src/providers/stub/value/read-stub-document.ts';
import { StubWorkBudget } from '../../../../../src/providers/stub/value/stub-work-budget.ts';

function isValid(schema: unknown, value: unknown, units = 100_000): boolean {
  const document = readStubDocument(schema, undefined, new StubWorkBudget(100_000));
  return isValidStubValue(value, document, new StubWorkBudget(units));
}

describe('a value', () => {
  it.each([
    [{ type: 'string', pattern: '^a.c$' }, 'abc', 'abd'],
    [{ type: 'string', pattern: '^a\\.(b|c)$' }, 'a.b', 'axb'],
    [{ not: { pattern: '^a' } }, 'b', 'a'],
    [{ patternProperties: { '^x-': { type: 'integer' } } }, { 'x-a': 1, a: 'b' }, { 'x-a': 'b' }],
    [{ patternProperties: { '^x-': true }, additionalProperties: false }, { 'x-a': 1 }, { y: 1 }],
    [{ properties: { ab: { minimum: 2 } }, patternProperties: { '^a': { maximum: 3 } } }, { ab: 3 }, { ab: 4 }],
    [{ properties: { ab: { minimum: 2 } }, patternProperties: { '^a': { maximum: 3 } } }, { ab: 2 }, { ab: 1 }],
    [{ patternProperties: { '^a': { minimum: 2 }, b$: { maximum: 3 } } }, { ab: 3 }, { ab: 4 }],
    [{ propertyNames: { pattern: '^[a-z]$' } }, { a: 1 }, { ab: 1 }],
    [{ type: 'array', items: [{ type: 'string' }], additionalItems: false }, ['a'], ['a', 'b']],
    [{ type: 'object', properties: { a: {} }, unevaluatedProperties: false }, { a: 1 }, { b: 1 }],
    [{ $ref: '#/$defs/a', maximum: 3, $defs: { a: { minimum: 2 } } }, 3, 4],
    [{ minimum: 2, maximum: null }, 7, 1],
    [{ format: 'url' }, 'https://example.com/', 'example'],
  ])('fits %j: %j, and not %j', (schema, valid, invalid) => {
    expect([isValid(schema, valid), isValid(schema, invalid)]).toEqual([true, false]);
  });

  it.each<[string, unknown, unknown]>([
    ['a pattern', { pattern: '^(a+)+$' }, `${'a'.repeat(40)}!`],
    ['a name’s pattern', { patternProperties: { '^(a+)+$': true } }, { [`${'a'.repeat(40)}!`]: 1 }],
    ['items to compare', { uniqueItems: true }, Array.from({ length: 3000 }, (_, index) => index)],
    ['schemas to check', { items: { anyOf: Array(200).fill({ type: 'string' }) } }, Array(100).fill('a')],
  ])('is not checked where it takes too much work: %s', (_, schema, value) => {
    expect(() => isValid(schema, value)).toThrow();
  });
});
