import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from './format.ts';
import { toPage } from './page.ts';
import { insertResultsTable } from './performance-table.ts';
import type { Results } from './results.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const documentation = file('../../docs/explanation/performance.md');

/** Stores the results of a run: as JSON, as a page, and as the table of the documentation. */
export async function publish(results: Results): Promise<void> {
  await writeFile(file('results/latest.json'), await format('latest.json', JSON.stringify(results)));
  await writeFile(file('results/index.html'), toPage(results));
  await writeFile(documentation, insertResultsTable(await readFile(documentation, 'utf8'), results));
}
