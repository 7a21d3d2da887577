import { expect, it } from 'vitest';
import { encodeCsvCell } from '../../../src/request-log/export-requests.ts';

it.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ['a\r\nb', '"a\r\nb"'],
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=A1,"x"', `"'=A1,""x"""`],
  ['', ''],
])('encodes %j as a cell', (text, cell) => {
  expect(encodeCsvCell(text)).toBe(cell);
});
