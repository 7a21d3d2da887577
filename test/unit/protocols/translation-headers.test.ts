import { expect, it } from 'vitest';
import { joinFieldPaths } from '../../../src/domain/join-field-paths.ts';
import { TranslationReport } from '../../../src/domain/translation-report.ts';
import { buildTranslationHeaders } from '../../../src/protocols/translation-headers.ts';

it('builds a header for what was dropped and one for what was adjusted', () => {
  const report = new TranslationReport(([first, ...rest]) => [
    first === 'stop' ? 'stop_sequences' : (first ?? ''),
    ...rest,
  ]);
  expect(buildTranslationHeaders(report)).toEqual([]);
  report.drop(['tools', 3, 'defer_loading']);
  report.drop(['speed']);
  report.adjust(['stop']);
  report.adjust(['stop']);
  expect(buildTranslationHeaders(report)).toEqual([
    ['x-gateway-dropped', 'tools[3].defer_loading,speed'],
    ['x-gateway-adjusted', 'stop_sequences'],
  ]);
});

it('percent-encodes what a header cannot hold or what separates paths', () => {
  const name = joinFieldPaths([['a,b'], ['ключ\r\n'], ['💥']]);
  expect(name).toBe('[%22a%2Cb%22],[%22%D0%BA%D0%BB%D1%8E%D1%87%5Cr%5Cn%22],[%22%F0%9F%92%A5%22]');
  expect(new Headers([['x-gateway-dropped', name]]).get('x-gateway-dropped')).toBe(name);
});

it('stays within 1 KB, and says how many paths are left out', () => {
  const paths = Array.from({ length: 1000 }, (_, index) => ['messages', index, 'name']);
  const value = joinFieldPaths(paths);
  expect(value.length).toBeLessThanOrEqual(1024);
  const [, shown = '', rest] = /^(.*)\.\.\.\+(\d+)$/.exec(value) ?? [];
  expect(shown.split(',').length + Number(rest)).toBe(1000);
  expect(joinFieldPaths([['x'.repeat(5000)]])).toBe('...+1');
});
