import type { CombinedError } from '@urql/core';

/** Returns the message of the gateway's error, or what kept the gateway from answering. */
export function describeError({ graphQLErrors, networkError, message }: CombinedError): string {
  const [first] = graphQLErrors;
  if (first) return first.message;
  return networkError ? `The gateway did not answer: ${networkError.message}` : message;
}
