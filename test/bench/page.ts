import type { Measured, Results } from './results.ts';

const rowHeight = 26;
const labelWidth = 210;
const barWidth = 480;

/** A page that shows a run: a plot for each figure of each scenario, its median as a bar and its spread as a line. */
export function toPage(results: Results): string {
  const plots = Map.groupBy(results.measured, ({ scenario, figure }) => `${scenario}: ${figure}`);
  const { measured: _, ...figures } = results;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>AI Aggregator: bench</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2rem auto; padding: 0 1rem; color: #222; }
  h2 { font-size: 1rem; margin: 2rem 0 0.3rem; }
  rect { fill: #4a7bd0; }
  .bare rect { fill: #9aa5b1; }
  line { stroke: #222; stroke-width: 1.5; }
  text { font-size: 13px; dominant-baseline: middle; }
  pre { background: #f4f5f7; padding: 1rem; overflow: auto; }
</style>
<h1>Bench</h1>
<p>${escaped(`${results.at}, commit ${results.commit}, ${results.machine.cores} cores of ${results.machine.model}, ${results.engines} Postgres and Redis, ${results.rounds} rounds.`)}
Bars are medians, lines reach from the least to the most of any round. Grey is the bare Worker that only forwards.</p>
${[...plots].map(([title, rows]) => toPlot(title, rows)).join('\n')}
<h2>Figures</h2>
<pre>${escaped(JSON.stringify(figures, null, 2))}</pre>
</html>
`;
}

function toPlot(title: string, rows: readonly Measured[]): string {
  const maxValue = Math.max(...rows.map(({ max }) => max), 0.001);
  const at = (value: number) => labelWidth + (Math.max(0, value) / maxValue) * barWidth;
  const bars = rows.map(({ target, median, min, max, errors }, index) => {
    const y = index * rowHeight;
    const middle = y + rowHeight / 2;
    const note = errors > 0 ? ` (${errors} errors)` : '';
    return `<g class="${target.startsWith('bare') ? 'bare' : 'ours'}"><text x="0" y="${middle}">${escaped(target)}</text>
<rect x="${labelWidth}" y="${y + 4}" width="${(at(median) - labelWidth).toFixed(1)}" height="${rowHeight - 8}"/>
<line x1="${at(min).toFixed(1)}" x2="${at(max).toFixed(1)}" y1="${middle}" y2="${middle}"/>
<text x="${labelWidth + barWidth + 8}" y="${middle}">${median}${note}</text></g>`;
  });
  return `<h2>${escaped(title)}</h2>
<svg width="760" height="${rows.length * rowHeight}" role="img" aria-label="${escaped(title)}">${bars.join('\n')}</svg>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
