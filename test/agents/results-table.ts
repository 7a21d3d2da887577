import { type ScenarioName, scenarioNames } from './scenario-names.ts';

/** How one scenario of an agent on a model has ended. */
export interface Cell {
  readonly agent: string;
  readonly model: string;
  readonly scenario: ScenarioName;
  readonly outcome: 'ok' | 'failed' | 'ruled out';
  /** Why it has failed, or is ruled out. */
  readonly note?: string;
}

const marks = { ok: 'ok', failed: 'FAILED', 'ruled out': 'n/a' } as const;

/** Renders cells as a Markdown table, one line for each agent and model, with the notes below. */
export function renderTable(cells: readonly Cell[]): string {
  const rows = Map.groupBy(cells, ({ agent, model }) => `${agent} | ${model}`);
  const notes: string[] = [];
  const lines = [...rows].map(([row, ofRow]) => {
    const columns = scenarioNames.map((name) => {
      const cell = ofRow.find(({ scenario }) => scenario === name);
      if (!cell) return '';
      if (cell.note === undefined) return marks[cell.outcome];
      const text = `${cell.outcome === 'failed' ? `${row}, ${name}: ` : ''}${cell.note}`;
      if (!notes.includes(text)) notes.push(text);
      return `${marks[cell.outcome]} [${notes.indexOf(text) + 1}]`;
    });
    return `| ${row} | ${columns.join(' | ')} |`;
  });
  const head = [
    `| agent | model | ${scenarioNames.join(' | ')} |`,
    `|---|---|${scenarioNames.map(() => '---|').join('')}`,
  ];
  return [...head, ...lines, '', ...notes.map((text, index) => `[${index + 1}] ${text}`)].join('\n');
}
