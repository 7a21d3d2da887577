import { GraphQLError, getVariableValues, type OperationDefinitionNode, parse } from 'graphql';
import { expect, it, vi } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';

function coerce(status: unknown) {
  const { definitions } = parse(
    'query($statuses: [JobStatus!]) { jobs(filter: { statuses: $statuses }) { nodes { id } } }',
  );
  const { variableDefinitions } = definitions[0] as OperationDefinitionNode;
  return getVariableValues(schema, variableDefinitions ?? [], { statuses: [status] });
}

it('suggests a value that is near to a short text', () => {
  expect(coerce('PENDNG').errors?.[0]?.message).toMatch(/Did you mean the enum value "PENDING"/);
});

it.each([
  ['a text', 'PENDING'.repeat(200)],
  ['an object', { a: 'PENDING'.repeat(200) }],
])('compares %s that is long with no value of the enum', (_, status) => {
  const compared = vi.spyOn(String.prototype, 'toLowerCase');
  const { errors } = coerce(status);
  const lengths = compared.mock.contexts.map(String).map(({ length }) => length);
  compared.mockRestore();
  expect(errors?.[0]).toBeInstanceOf(GraphQLError);
  expect(Math.max(0, ...lengths)).toBeLessThan(200);
});
