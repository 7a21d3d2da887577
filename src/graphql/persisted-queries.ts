import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** The code by which Apollo's clients learn to send whole documents. It is not in the error table, for it is Apollo's. */
export const persistedQueryNotSupported = 'PERSISTED_QUERY_NOT_SUPPORTED';

/**
 * Answers requests that have the hash of a document in place of the document. Clients recognise the code or the message, send the
 * document at once and stop sending hashes. The status is 200, as with Apollo's server: some clients read no errors otherwise.
 */
export const rejectPersistedQueries: Plugin = {
  onParams({ params: { query, extensions } }) {
    if (query || typeof extensions?.persistedQuery !== 'object' || extensions.persistedQuery === null) return;
    throw new GraphQLError('PersistedQueryNotSupported', {
      extensions: { code: persistedQueryNotSupported, http: { status: 200 } },
    });
  },
};
