import type { PGlite, QueryOptions, Transaction } from '@electric-sql/pglite';
import type { SqlBackend, SqlQuery, SqlResult } from './sql-backend.ts';

/**
 * Creates the backend for the embedded Postgres. It has one session, so statements and transactions run one after
 * another.
 */
export function createPgliteBackend(database: PGlite): SqlBackend {
  const options = createTextOptions(database);
  return {
    run: (query) => run(database, query, options),
    runTransaction: (queries, mode) =>
      database.transaction(async (transaction) => {
        if (mode !== '') await transaction.exec(`SET TRANSACTION ${mode}`);
        const results: SqlResult[] = [];
        for (const query of queries) results.push(await run(transaction, query, options));
        return results;
      }),
    close: () => database.close(),
  };
}

async function run(session: Pick<Transaction, 'query'>, query: SqlQuery, options: QueryOptions): Promise<SqlResult> {
  const result = await session.query<(string | null)[]>(query.query, [...query.params], options);
  return {
    command: result.command ?? '',
    rowCount: result.rowCount ?? null,
    fields: result.fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    rows: result.rows,
  };
}

/** Turns off the conversions of PGlite, so that values are Postgres's own text, in and out. */
function createTextOptions(database: PGlite): QueryOptions {
  const mapTypes = <T>(converters: object, identity: T): Record<string, T> =>
    Object.fromEntries(Object.keys(converters).map((oid) => [oid, identity]));
  return {
    rowMode: 'array',
    parsers: mapTypes(database.parsers, (text: string) => text),
    serializers: mapTypes(database.serializers, (text: string) => text),
  };
}
