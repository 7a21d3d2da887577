import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { toPage } from './page.ts';
import { readmeWith } from './readme-table.ts';

const file = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

test('the README and the page show the run that is kept', async () => {
  const results = JSON.parse(await file('results/latest.json'));
  const readme = await file('../../README.md');
  expect(readmeWith(readme, results)).toBe(readme);
  expect(await file('results/index.html')).toBe(toPage(results));
});
