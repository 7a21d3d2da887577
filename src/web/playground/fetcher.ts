import type { GraphiQLProps } from 'graphiql';
import { getOperationAST, parse } from 'graphql';
import { execute } from './execute.ts';
import { subscribe } from './subscribe.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * Creates the function that sends an operation with the headers of the headers editor: a subscription for its events,
 * any other for its result. GraphiQL loads the schema before that editor exists, with `startingHeaders`.
 */
export function createFetcher(url: string, startingHeaders: Headers): GraphiQLProps['fetcher'] {
  return ({ query, operationName, variables }, { headers = startingHeaders } = {}) => {
    const request = {
      url,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query, operationName, variables }),
    };
    return isSubscription(query, operationName) ? subscribe(request) : execute(request);
  };
}

function isSubscription(query: string, operationName: string | null | undefined): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    // The gateway has the better error message.
    return false;
  }
}
