import { buildSchema, graphqlSync } from 'graphql';
import { expect, test } from 'vitest';
import { presentError } from '../../../src/graphql/present-error.ts';
import { createLogger } from '../../../src/lib/logger.ts';

const schema = buildSchema(`
  enum Status { DONE }
  input Filter { status: Status, name: String!, first: Int }
  type Query { job(id: ID!, filter: Filter, first: Int): String }
`);
const secret = 'sesame5b1c';

/** What is said of the first fault of a document. */
function messageOf(source: string, variables?: Record<string, unknown>): string {
  const { errors = [] } = graphqlSync({ schema, source, variableValues: variables ?? {} });
  return presentError(errors[0], { requestId: 'req_a', logger: createLogger('error') }).message;
}

const byFilter = 'query ($filter: Filter) { job(id: 1, filter: $filter) }';

test.each<[string, string, Record<string, unknown>?]>([
  [
    'Expected value of type "Filter" to include required field "name".',
    `{ job(id: 1, filter: { status: DONE, first: 1, secret: "${secret}" }) }`,
  ],
  [
    'Expected value of type "Filter" not to include unknown field "nmae". Did you mean "name"?',
    `{ job(id: 1, filter: { name: "a", nmae: "${secret}" }) }`,
  ],
  ['Argument "Query.job(id:)" of type "ID!" is required, but it was not provided.', `{ job }`],
  ['Value "…" does not exist in "Status" enum.', byFilter, { filter: { name: 'a', status: secret } }],
  [
    'Variable "$filter" has invalid value: Expected value of type "Filter" to be an object.',
    byFilter,
    { filter: secret },
  ],
  [
    'Variable "$filter" has invalid value: Expected value of type "Filter" to include required field "name".',
    byFilter,
    { filter: { first: 1, status: 'DONE' } },
  ],
  ['not to include unknown field "…".', byFilter, { filter: { name: 'a', [`a" ${secret}`]: `", found: ${secret}` } }],
  ['Int cannot represent non-integer value.', byFilter, { filter: { name: 'a', first: `: ${secret}` } }],
  ['Variable "$filter" has invalid value at .name', byFilter, { filter: { name: { a: `found ${secret}` } } }],
  ['Syntax Error: Expected Name, found String.', `{ "${secret}" }`],
  ['Cannot query field "jobs" on type "Query". Did you mean "job"?', '{ jobs }'],
])('names are shown, values are not: %s', (expected, source, variables) => {
  const message = messageOf(source, variables);
  expect(message).toContain(expected);
  expect(message).not.toContain(secret);
});
