import { describe, expect, it } from 'vitest';
import { parseFieldProblems } from '../../../../src/web/console/app/parse-field-problems.ts';

const paths = ['name', 'targets', 'targets[0].params', 'targets[1].weight', 'retry.attempts'];
const parse = (message: string) => {
  const { fields, rest } = parseFieldProblems(message, paths);
  return { ...Object.fromEntries(fields), rest };
};

describe('parseFieldProblems', () => {
  it('splits a message by its fields', () => {
    const message =
      'name: must be short. targets[1].weight: must be a whole number from 1 to 1000. retry.attempts: did you mean "3"?';
    expect(parse(message)).toEqual({
      name: 'must be short.',
      'targets[1].weight': 'must be a whole number from 1 to 1000.',
      'retry.attempts': 'did you mean "3"?',
      rest: undefined,
    });
  });

  it('gives the problem of an inner field to the field around it', () => {
    expect(parse('targets[0].params.topK: must be a whole number. targets[0].params["a b"]: is not a field.')).toEqual({
      'targets[0].params': 'topK: must be a whole number. ["a b"]: is not a field.',
      rest: undefined,
    });
  });

  it('gives the problem of a field without a control to the nearest field around it, or to the rest', () => {
    expect(parse('targets[7].model: is missing. retry.deadlineMs: must be at least 1000.')).toEqual({
      targets: '[7].model: is missing.',
      rest: 'retry.deadlineMs: must be at least 1000.',
    });
  });

  it('keeps a message that names no field', () => {
    expect(parse('There is no tenant ten_1.')).toEqual({ rest: 'There is no tenant ten_1.' });
  });

  it('reads the field of a variable that does not fit its type', () => {
    const message = 'Variable "$input" has an invalid value at input.targets[1].weight: Int cannot represent it.';
    expect(parse(message)).toEqual({ 'targets[1].weight': 'Int cannot represent it.', rest: undefined });
  });

  it('reads a colon in the text of a problem as text', () => {
    expect(parse('name: "other: name: x" is taken: use another.')).toEqual({
      name: '"other: name: x" is taken: use another.',
      rest: undefined,
    });
  });
});
