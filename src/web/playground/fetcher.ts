import type { GraphiQLProps } from 'graphiql';
import { type DocumentNode, getOperationAST, parse } from 'graphql';
import { execute } from './execute.ts';
import { subscribe } from './subscribe.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * Creates the function that sends an operation with the headers of the headers editor: a subscription for its events,
 * any other for its result. GraphiQL loads the schema before that editor exists, with `startingHeaders`.
 */
export function createFetcher(url: string, startingHeaders: Headers): GraphiQLProps['fetcher'] {
  return ({ query, variables, ...params }, { headers = startingHeaders } = {}) => {
    const document = parseQuery(query);
    const operationName = document && selectOperationName(document, params.operationName);
    const request = {
      url,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query, operationName, variables }),
    };
    const isSubscription = document && getOperationAST(document, operationName)?.operation === 'subscription';
    return isSubscription ? subscribe(request) : execute(request);
  };
}

/** Returns undefined for a query that does not parse: the gateway has the better error message. */
function parseQuery(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

/** Just after a change of tabs, GraphiQL still names the operation of the tab before. Returns undefined for it. */
function selectOperationName(document: DocumentNode, name: string | null | undefined): string | undefined {
  return name && getOperationAST(document, name) ? name : undefined;
}
