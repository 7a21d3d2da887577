/** One statement with its parameters as Postgres text, `null` for NULL. */
export interface SqlQuery {
  readonly query: string;
  readonly params: readonly (string | null)[];
}

/** The result of a statement. Values of all types are Postgres text. */
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
  /** Runs all statements or none. `mode` follows SET TRANSACTION; empty for the default of the engine. */
  readonly runTransaction: (queries: readonly SqlQuery[], mode: string) => Promise<readonly SqlResult[]>;
  readonly close: () => Promise<void>;
}

/** One connection to Postgres: its statements run one after another, in the transactions that they begin. */
export type SqlSession = Pick<SqlBackend, 'run' | 'close'>;
