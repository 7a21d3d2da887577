/** Writes the tables of fields into docs/reference/translation.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { replaceTranslationTables } from './translation-table.ts';

const page = fileURLToPath(new URL('../../docs/reference/translation.md', import.meta.url).href);
await writeFile(page, replaceTranslationTables(await readFile(page, 'utf8')));
