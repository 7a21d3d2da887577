import { expect, test } from 'vitest';
import { upperCaseOptions } from '../../../src/dev/upper-case-options.ts';

test.each([
  ['options behind the value', ['set', 'nx', 'ex', 'nx', 'ex', '5'], ['SET', 'nx', 'ex', 'NX', 'EX', '5']],
  [
    'not the value of an option',
    ['scan', '0', 'match', 'count', 'count', '5'],
    ['SCAN', '0', 'MATCH', 'count', 'COUNT', '5'],
  ],
  ['nothing behind what is no option', ['zadd', 'key', 'ch', '1', 'nx'], ['ZADD', 'key', 'CH', '1', 'nx']],
  [
    'both values of a limit',
    ['zrange', 'k', '0', '9', 'byscore', 'limit', '0', '5'],
    ['ZRANGE', 'k', '0', '9', 'BYSCORE', 'LIMIT', '0', '5'],
  ],
  ['no value that is named like a property', ['zadd', 'k', 'constructor', 'x'], ['ZADD', 'k', 'constructor', 'x']],
  ['nothing of a command without options', ['hset', 'key', 'nx', 'ex'], ['HSET', 'key', 'nx', 'ex']],
] as const)('writes in capitals %s', (_, command, expected) => {
  expect(upperCaseOptions([...command])).toEqual(expected);
});
