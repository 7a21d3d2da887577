import type { PGlite, QueryOptions, Transaction } from '@electric-sql/pglite';
import type { SqlBackend, SqlQuery, SqlResult } from './sql-backend.ts';

/** The embedded Postgres. It has one session, so statements and transactions run one after another. */
export function pgliteBackend(database: PGlite): SqlBackend {
  const options = asText(database);
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

/** PGlite converts the types that it knows; an identity for each of them leaves Postgres's own text, in and out. */
function asText(database: PGlite): QueryOptions {
  const each = <T>(converters: object, identity: T): Record<string, T> =>
    Object.fromEntries(Object.keys(converters).map((oid) => [oid, identity]));
  return {
    rowMode: 'array',
    parsers: each(database.parsers, (text: string) => text),
    serializers: each(database.serializers, (text: string) => text),
  };
}
