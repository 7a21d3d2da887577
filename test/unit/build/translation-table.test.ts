import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { replaceTranslationTables } from '../../../src/build/translation-table.ts';

const path = fileURLToPath(new URL('../../../docs/reference/translation.md', import.meta.url).href);

it('stands in the documentation as the code has it', async () => {
  const page = await readFile(path, 'utf8');
  expect(page).toBe(replaceTranslationTables(page));
});

it('names the class of a field for each target', async () => {
  const page = replaceTranslationTables(await readFile(path, 'utf8'));
  expect(page).toContain('| `parallel_tool_calls` | mapped | emulated |');
  expect(page).toMatch(
    /\| .*`messages\[\]\(user\)\.content\[\]\(image\)\.source\(file\)`.* \| essential \| essential \| essential \|/,
  );
});
