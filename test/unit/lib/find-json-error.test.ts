import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findJsonError } from '../../../src/lib/find-json-error.ts';

it.each([
  ["{'prompt':'Hi'}", 1, 2, 'use double quotes'],
  ['{"prompt":\'Hi\'}', 1, 11, 'use double quotes'],
  ['{\n  "prompt": "Hi",\n}', 2, 17, 'remove the comma before "}"'],
  ['[1,2,]', 1, 5, 'remove the comma before "]"'],
  ['{"a":1 "b":2}', 1, 8, 'expected "," or "}"'],
  ['{"a" 1}', 1, 6, 'expected ":"'],
  ['{a:1}', 1, 2, 'expected a property name in double quotes'],
  ['{"a":tru}', 1, 6, 'expected a value'],
  ['{"a":01}', 1, 6, 'expected a value'],
  ['{"a":1}}', 1, 8, 'expected the end of the text'],
  ['{"a":"b', 1, 8, 'the text ends inside a string'],
  ['{"a":[1', 1, 8, 'expected "," or "]", but the text ends'],
  ['{"a":"line\nbreak"}', 1, 11, 'must be escaped'],
  ['{"a":"\\x"}', 1, 7, 'this escape does not exist'],
  ['', 1, 1, 'the text ends where a value is expected'],
  ['undefined', 1, 1, 'expected a value'],
])('finds the error of %j at line %i, column %i', (text, line, column, problem) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(findJsonError(text)).toEqual({ line, column, problem: expect.stringContaining(problem) });
});

it('agrees with JSON.parse on every text', () => {
  const pieces = fc.constantFrom(
    ...['{', '}', '[', ']', ',', ':', '"a"', '"', "'", '1', '-', '.5', 'e3', 'true', 'null', ' ', '\n', '\\', '\u2028'],
  );
  const property = fc.property(
    fc.oneof(
      fc.json(),
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    ),
    (text) => {
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        isValid = false;
      }
      expect(findJsonError(text) === undefined).toBe(isValid);
    },
  );
  fc.assert(property, { numRuns: 5_000 });
});

it('takes time in proportion to the text, however deep it is nested', () => {
  expect(findJsonError('['.repeat(1_000_000))).toMatchObject({ line: 1, column: 1_000_001 });
  expect(findJsonError(`"${'\\n'.repeat(1_000_000)}`)).toMatchObject({ line: 1, column: 2_000_002 });
  expect(findJsonError(`"${'a'.repeat(10_000_000)}`)).toMatchObject({ line: 1, column: 10_000_002 });
});
