import { describe, expect, test } from 'vitest';
import { createLogger, errorName } from '../../../src/lib/logger.ts';

test('an entry is one line of JSON with its level, its time and its fields', () => {
  const lines: string[] = [];
  createLogger('debug', (line) => lines.push(line)).warn('two\nlines', { requestId: 'req_1', missing: undefined });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    message: 'two\nlines',
    requestId: 'req_1',
  });
});

test.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
] as const)('level %s suppresses all lower levels', (level, written) => {
  const lines: string[] = [];
  const logger = createLogger(level, (line) => lines.push(line));
  for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each]('x');
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
});

describe('the logged name of an error', () => {
  test('contains the class, the code and the same of its causes', () => {
    const refused = Object.assign(new Error('canary'), { name: 'NeonDbError', code: '22021' });
    expect(errorName(new TypeError('canary', { cause: refused }))).toBe('TypeError < NeonDbError 22021');
  });

  test('contains neither the message nor an invented name or code', () => {
    const invented = Object.assign(new Error('canary'), { name: 'can\nary', code: 'sk_canary' });
    expect(errorName(invented)).toBe('Error');
    expect(errorName('canary')).toBe('string');
    expect(errorName({ message: 'canary' })).toBe('object');
  });

  test('ends even if the error is its own cause', () => {
    const error = new RangeError('canary');
    error.cause = error;
    expect(errorName(error)).toBe('RangeError < RangeError < RangeError < RangeError < RangeError');
  });
});
