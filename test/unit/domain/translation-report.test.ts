import { expect, it } from 'vitest';
import { invalidFieldError } from '../../../src/domain/errors.ts';
import { TranslationReport } from '../../../src/domain/translation-report.ts';

it('names the entries of lists by their places in the body that was sent', () => {
  const report = new TranslationReport();
  report.drop(['messages', 0, 'content', 0]);
  report.drop(['messages', 0, 'content', 2]);
  report.drop(['tools', 1]);
  report.drop(['tools', 0, 'strict']);
  expect(report.locate(['messages', 0, 'content', 0, 'type'])).toEqual(['messages', 0, 'content', 1, 'type']);
  expect(report.locate(['messages', 0, 'content', 1])).toEqual(['messages', 0, 'content', 3]);
  expect(report.locate(['messages', 1, 'content', 1])).toEqual(['messages', 1, 'content', 1]);
  for (const index of [0, 1, 4]) report.drop(['stop', index]);
  expect([0, 1, 2].map((index) => report.locate(['stop', index]))).toEqual([
    ['stop', 2],
    ['stop', 3],
    ['stop', 5],
  ]);
  report.adjust(['tools', 1, 'strict']);
  expect(report.adjusted).toEqual([['tools', 2, 'strict']]);
  expect(report.locateError(invalidFieldError(['tools', 1], 'is wrong'))).toMatchObject({ param: 'tools[2]' });
});
