import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';

/**
 * How the audit log takes each column of a table. `setting`, `limit`: by which action a change is recorded. `state`: recorded by
 * an action of its own. `none`: never recorded, because it is a secret, a hash of one, or never changed by anyone.
 */
export type ColumnKinds<Columns> = Readonly<Record<keyof Columns, ColumnKind>>;

type ColumnKind = 'setting' | 'limit' | 'state' | 'none';

/** The columns of a table that the audit log shows. */
export class RecordedColumns<Table extends PgTable> {
  readonly #columns: readonly { readonly field: string; readonly column: PgColumn; readonly kind: ColumnKind }[];

  constructor(table: Table, kinds: ColumnKinds<Table['_']['columns']>) {
    const columns: Readonly<Record<string, PgColumn>> = getTableColumns(table);
    const all = Object.entries<ColumnKind>(kinds).map(([name, kind]) => ({ name, kind, column: columns[name] }));
    this.#columns = all.flatMap(({ name, kind, column }) =>
      kind === 'none' || !column ? [] : [{ field: toFieldName(name), column, kind }],
    );
  }

  /** Returns the names of the fields of one kind. */
  fields(kind: ColumnKind): string[] {
    return this.#columns.flatMap((recorded) => (recorded.kind === kind ? [recorded.field] : []));
  }

  /** Composes a row of a CTE as `jsonb`. */
  state(cte: string): SQL {
    const members = this.#columns.map(
      ({ field, column }) => `'${field}', ${toShownValue(`${cte}."${column.name}"`, column)}`,
    );
    return sql.raw(`jsonb_build_object(${members.join(', ')})`);
  }
}

/** `dailyBudgetNanoUsd` is `dailyBudget` in the API. */
function toFieldName(name: string): string {
  return name.replace(/NanoUsd$/, '');
}

/** Nano-dollars become dollars as text, such as `0.1`, and times ISO 8601. */
function toShownValue(expression: string, { name, dataType }: PgColumn): string {
  if (name.endsWith('_nano_usd')) return `trim_scale(${expression} * 0.000000001)::text`;
  if (dataType === 'date') return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return expression;
}
