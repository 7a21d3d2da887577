import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StubPattern } from '../../../../../src/providers/stub/value/stub-pattern.ts';
import { StubWorkBudget } from '../../../../../src/providers/stub/value/stub-work-budget.ts';

const test = (source: string, text: string, units = 100_000) =>
  new StubPattern(source).test(text, new StubWorkBudget(units));

/** Patterns that JavaScript's own engine is quick with. */
const atoms = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  '\\.',
  '^',
  '$',
  '(?:ab)',
  '(a|b)',
  '(?=a)',
  '(?!b)',
);
const quantifiers = fc.constantFrom('', '', '*', '+', '?', '+?', '{2}', '{0}', '{1,}', '{1,2}');
const pieces = fc
  .tuple(atoms, quantifiers)
  .map(([atom, quantifier]) => (/^[\^$]|^\(\?[=!]/.test(atom) ? atom : atom + quantifier));
const sequences = fc.array(pieces, { maxLength: 5 }).map((all) => all.join(''));
const sources = fc
  .tuple(sequences, sequences, quantifiers)
  .map(([first, second, quantifier]) => `${first}(${second})${quantifier}|${second}`);

describe('a pattern', () => {
  it('matches what a regular expression matches', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '1', '.', '😀'), maxLength: 8 });
    fc.assert(
      fc.property(sources, texts, (source, text) => {
        expect(test(source, text)).toBe(new RegExp(source, 'u').test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['^#[\\da-fA-F]{6}$', '#12abEF', '#12abEG'],
    ['^(?<year>\\d{4})-\\d\\d$', '2026-11', '2026-1'],
    ['^\\p{Lu}\\P{L}.$', 'A0a', 'a0a'],
    ['^\\u00e9\\x41\\n$', 'éA\n', 'éA'],
    ['^[\\]\\-]{2}$', ']-', ']a'],
    ['^[a-z0-9]+(?:-[a-z0-9]+)*$', 'a-1-b', 'a--b'],
    ['^(?!.*xx)[a-x]+$', 'abx', 'axxb'],
    ['^$|^a$', '', 'b'],
    ['^(a*)*$', '', 'b'],
    ['^(a?){3}$', 'aa', 'aaaa'],
    ['^한.$', '한😀', '한'],
  ])('%j matches %j and not %j', (source, match, other) => {
    expect([test(source, match), test(source, other)]).toEqual([true, false]);
  });

  it.each(['^(a+)+$', '^(a|a)*$', '^(a*)*$', '^(a|aa)+$', `^${'a?'.repeat(50)}a{50}$`, '(.*)*x', '^(?=(a+)+$)b'])(
    '%j stops when its work is spent',
    (source) => {
      expect(() => test(source, `${'a'.repeat(49)}!`)).toThrow();
    },
  );

  it.each([
    '^(a)\\1$',
    '\\k<a>',
    '(?<=a)b',
    '(?<!a)b',
    '\\bword',
    '(a',
    'a)',
    '[a',
    '[z-a]',
    '*',
    '\\',
    'a'.repeat(1001),
  ])('%j is not supported', (source) => {
    expect(() => new StubPattern(source)).toThrow();
  });

  it.each(['^a{6000}$', '^(((a{9}){9}){9}){9}$', '(){1000000}', '^((((a*)*)*)*)*$', '[\u0000-\uffff]'.repeat(20)])(
    '%j is too long to write',
    (source) => {
      expect(() => new StubPattern(source)).toThrow();
    },
  );
});
