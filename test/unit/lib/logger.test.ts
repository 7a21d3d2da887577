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
] as const)('at level %s nothing below it is written', (level, written) => {
  const lines: string[] = [];
  const logger = createLogger(level, (line) => lines.push(line));
  for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each]('x');
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
});

describe('of a caught error a log keeps', () => {
  test('its class, its code and the same of its causes', () => {
    const refused = Object.assign(new Error('canary'), { name: 'NeonDbError', code: '22021' });
    expect(errorName(new TypeError('canary', { cause: refused }))).toBe('TypeError < NeonDbError 22021');
  });

  test('never its text, nor a name or a code that somebody made up', () => {
    const invented = Object.assign(new Error('canary'), { name: 'can\nary', code: 'sk_canary' });
    expect(errorName(invented)).toBe('Error');
    expect(errorName('canary')).toBe('string');
    expect(errorName({ message: 'canary' })).toBe('object');
  });

  test('an end, even where an error is its own cause', () => {
    const error = new RangeError('canary');
    error.cause = error;
    expect(errorName(error)).toBe('RangeError < RangeError < RangeError < RangeError < RangeError');
  });
});
