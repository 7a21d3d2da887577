import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from './format.ts';
import { toPage } from './page.ts';
import { readmeWith } from './readme-table.ts';
import type { Results } from './results.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const readme = file('../../README.md');

/** Keeps the figures of a run: as JSON and as a page beside this, and as the table of the README. */
export async function publish(results: Results): Promise<void> {
  await writeFile(file('results/latest.json'), await format('latest.json', JSON.stringify(results)));
  await writeFile(file('results/index.html'), toPage(results));
  await writeFile(readme, readmeWith(await readFile(readme, 'utf8'), results));
}
