import type { GraphiQLProps } from 'graphiql';
import { getOperationAST, parse } from 'graphql';
import { execute } from './execute.ts';
import { subscribe } from './subscribe.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * Sends an operation with the headers of the headers editor: a subscription for its events, any other for its result.
 * GraphiQL asks for the schema before that editor is there, so then with those that it will hold.
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
    // The gateway says better what is wrong with it.
    return false;
  }
}
