import {
  Client,
  type CombinedError,
  cacheExchange,
  fetchExchange,
  mapExchange,
  subscriptionExchange,
} from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';

interface ClientOptions {
  readonly apiKey: string;
  /** Called when the gateway no longer accepts the key. */
  readonly onUnauthorized: () => unknown;
}

/**
 * Creates the client of one API key. Results are cached by document and variables until a mutation changes a type of theirs.
 * Subscriptions use GraphQL over SSE, one connection each.
 */
export function createGraphQlClient({ apiKey, onUnauthorized }: ClientOptions): Client {
  const headers = { 'x-api-key': apiKey };
  const sse = createSseClient({ url: '/graphql', headers, retryAttempts: 10 });
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetchOptions: { headers },
    exchanges: [
      mapExchange({
        onError(error) {
          if (isUnauthorized(error)) onUnauthorized();
        },
      }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: sse.subscribe(
              { query, variables: variables ?? {} },
              {
                next: (result) => sink.next(result as Parameters<typeof sink.next>[0]),
                error: (error) => sink.error(error),
                complete: () => sink.complete(),
              },
            ),
          }),
        }),
      }),
    ],
  });
}

function isUnauthorized({ response }: CombinedError): boolean {
  return (response as Response | undefined)?.status === 401;
}
