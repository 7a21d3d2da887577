/** ✓: as asserted. A parameter: refused with a 400 that names it. –: there is no such thing. ✗: none of that. */
export type Outcome = '✓' | '–' | '✗' | `refused: ${string}`;

interface Place {
  readonly row: string;
  readonly column: string;
  /** The position in a cell with several outcomes. */
  readonly slot?: number;
}

/** The table of all outcomes. */
export class Outcomes {
  readonly #title: string;
  readonly #columns: readonly string[];
  readonly #rows: ReadonlyMap<string, Map<string, Outcome[]>>;

  constructor(title: string, rows: readonly string[], columns: readonly string[]) {
    this.#title = title;
    this.#rows = new Map(rows.map((name) => [name, new Map()]));
    this.#columns = columns;
  }

  note({ row, column, slot = 0 }: Place, outcome: Outcome): void {
    const cell = this.#rows.get(row)?.get(column) ?? [];
    cell[slot] = outcome;
    this.#rows.get(row)?.set(column, cell);
  }

  toString(): string {
    const lines = [[this.#title, ...this.#columns]];
    for (const [name, row] of this.#rows) {
      lines.push([name, ...this.#columns.map((column) => (row.get(column) ?? []).map(show).join(' '))]);
    }
    const widths = lines[0]?.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0))) ?? [];
    const table = lines.map((line) => line.map((text, index) => text.padEnd(widths[index] ?? 0)).join(' │ '));
    return [...table, ...this.#legend()].join('\n');
  }

  #legend(): string[] {
    const outcomes = [...this.#rows.values()].flatMap((row) => [...row.values()].flat());
    const count = (mark: string) => outcomes.filter((outcome) => outcome.startsWith(mark)).length;
    return [
      '400: refused as a bad request that names the parameter; –: the provider has no such thing.',
      `${outcomes.length} tried: ${count('✓')} ✓, ${count('refused')} refused, ${count('–')} –, ${count('✗')} ✗`,
    ];
  }
}

function show(outcome: Outcome): string {
  return outcome.startsWith('refused') ? '400' : outcome;
}
