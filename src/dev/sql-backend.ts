/** One statement with its parameters as Postgres text, `null` for NULL. */
export interface SqlQuery {
  readonly query: string;
  readonly params: readonly (string | null)[];
}

/** What a statement gave: values are Postgres text, whatever their type. */
export interface SqlResult {
  /** The first word of the command tag, such as `INSERT`. */
  readonly command: string;
  readonly rowCount: number | null;
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A Postgres engine. Both methods throw an Error with the fields of Postgres's error message (`code`, `detail`, …). */
export interface SqlBackend {
  readonly run: (query: SqlQuery) => Promise<SqlResult>;
  /** All or nothing. `mode` goes behind SET TRANSACTION; empty for the engine's own default. */
  readonly runTransaction: (queries: readonly SqlQuery[], mode: string) => Promise<readonly SqlResult[]>;
  readonly close: () => Promise<void>;
}
