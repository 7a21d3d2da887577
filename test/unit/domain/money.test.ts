import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  divideHalfUp,
  dollarsToNanoUsd,
  nanoUsdToDollars,
  nanoUsdToText,
  parseDecimal,
} from '../../../src/domain/money.ts';

describe('dividing', () => {
  test.each([
    [0n, 2n, 0n],
    [1n, 2n, 1n],
    [3n, 2n, 2n],
    [4n, 10n, 0n],
    [5n, 10n, 1n],
    [14n, 10n, 1n],
    [15n, 10n, 2n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [10n ** 40n + 5n, 10n, 10n ** 39n + 1n],
  ])('%d by %d is %d, halves rounded up', (dividend, divisor, expected) => {
    expect(divideHalfUp(dividend, divisor)).toBe(expected);
  });

  test('is never further than half a unit from the exact quotient', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        fc.bigInt({ min: 1n, max: 10n ** 18n }),
        (dividend, divisor) => {
          const twiceTheError = 2n * (divideHalfUp(dividend, divisor) * divisor - dividend);
          expect(twiceTheError > -divisor && twiceTheError <= divisor).toBe(true);
        },
      ),
    );
  });
});

describe('reading a decimal', () => {
  test.each([
    ['0', 0n],
    ['2.5', 2500n],
    ['0.075', 75n],
    ['1200', 1_200_000n],
  ])('%s in thousandths is %d', (text, expected) => {
    expect(parseDecimal(text, 3)).toBe(expected);
  });

  test.each(['', '.5', '1.', '-1', '1e-7', '1,5', ' 1', '0.0005', 'NaN'])(
    'refuses "%s" rather than round or guess',
    (text) => {
      expect(() => parseDecimal(text, 3)).toThrow(RangeError);
    },
  );
});

describe('dollars on the wire', () => {
  test.each([
    [0n, '0'],
    [1n, '1e-9'],
    [55_200n, '0.0000552'],
    [95_700n, '0.0000957'],
    [1_000_000_000n, '1'],
    [123_456_789_012n, '123.456789012'],
  ])('%d nano-dollars are %s in JSON', (amount, json) => {
    expect(JSON.stringify(nanoUsdToDollars(amount))).toBe(json);
  });

  test('carry every amount below a million dollars without loss', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), (amount) => {
        expect(BigInt(nanoUsdToDollars(amount).toFixed(9).replace('.', ''))).toBe(amount);
      }),
    );
  });
});

describe('dollars from the wire', () => {
  test.each([
    [0, 0n],
    [0.1, 100_000_000n],
    [1.000000001, 1_000_000_001n],
    [1e-9, 1n],
    [1.5e-7, 150n],
    [0.000001, 1_000n],
    [8_999_999.12345, 8_999_999_123_450_000n],
    [9_000_000, 9_000_000_000_000_000n],
  ])('%d are %d nano-dollars', (dollars, expected) => {
    expect(dollarsToNanoUsd(dollars)).toBe(expected);
    expect(nanoUsdToDollars(expected)).toBe(dollars);
  });

  test.each([-1, -1e-9, 1e-10, 1.0000000001, 1.5e-9, 9_000_000.000000002, 1e21, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d are refused',
    (dollars) => {
      expect(() => dollarsToNanoUsd(dollars)).toThrow(RangeError);
    },
  );
});

test.each([
  [0n, '0'],
  [1n, '0.000000001'],
  [100_000_000n, '0.1'],
  [-1_500_000_000n, '-1.5'],
  [8_999_999_123_456_789n, '8999999.123456789'],
  [20_000_000_000n, '20'],
])('%i nano-dollars are %s as decimal text', (amount, text) => {
  expect(nanoUsdToText(amount)).toBe(text);
});
