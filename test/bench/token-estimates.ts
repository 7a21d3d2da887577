/** Writes the table of `docs/explanation/token-estimates.md`: `npm run estimates:update`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type EstimateRow, measureEstimates } from './measure-estimates.ts';
import { type FoundText, searchTexts } from './search-texts.ts';

const page = new URL('../../docs/explanation/token-estimates.md', import.meta.url);
const begin = '<!-- estimates: made by `npm run estimates:update` -->';
const end = '<!-- /estimates -->';
const tries = 20_000;

/** Returns the page with a table between its two marks. Throws where they are missing. */
function pageWith(text: string, rows: readonly EstimateRow[], found: FoundText): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`The page has no place for the table: ${begin} … ${end}`);
  return `${text.slice(0, from)}${begin}\n\n${toTable(rows, found)}\n\n${text.slice(to)}`;
}

function toTable(rows: readonly EstimateRow[], found: FoundText): string {
  const sizes = rows[0]?.ratios.map(({ kib }) => (kib < 1024 ? `${kib} KiB` : `${kib / 1024} MiB`)) ?? [];
  const lines = rows.map(({ kind, ratios, msPerMib }) => {
    const cells = ratios.map(({ min, max }) => {
      const [low, high] = [min.toFixed(2), max.toFixed(2)];
      return low === high ? low : `${low}–${high}`;
    });
    return `| ${[kind, ...cells, msPerMib.toFixed(1)].join(' | ')} |`;
  });
  return [
    `| text | ${sizes.join(' | ')} | ms per MiB |`,
    `| --- | ${sizes.map(() => '--- | ').join('')}--- |`,
    ...lines,
    '',
    `The lowest ratio that a search over ${found.tries.toLocaleString('en')} texts has found: ${(1 / found.ratio).toFixed(3)}.`,
  ].join('\n');
}

const rows = measureEstimates([1, 30, 1024]);
const found = searchTexts({ tries, seed: 1 });
console.log(JSON.stringify(found));
writeFileSync(page, pageWith(readFileSync(page, 'utf8'), rows, found));
