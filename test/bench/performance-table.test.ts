import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { toPage } from './page.ts';
import { insertResultsTable } from './performance-table.ts';

const file = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

test('the documentation and the page show the stored run', async () => {
  const results = JSON.parse(await file('results/latest.json'));
  const page = await file('../../docs/explanation/performance.md');
  expect(insertResultsTable(page, results)).toBe(page);
  expect(await file('results/index.html')).toBe(toPage(results));
});
