import {
  type ExecutionArgs,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { limitDocuments } from '../../../src/graphql/limits.ts';

describe('the cost of a document', () => {
  it('is not computed for variables of which one is wrong, nor an error for each of them', () => {
    let parsedCount = 0;
    const counted = new GraphQLScalarType({
      name: 'Counted',
      parseValue() {
        parsedCount += 1;
        throw new Error('wrong');
      },
    });
    const numbers = { type: GraphQLInt, args: { list: { type: new GraphQLList(counted) } } };
    const args = {
      schema: new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { numbers } }) }),
      document: parse('query ($list: [Counted]) { numbers(list: $list) }'),
      variableValues: { list: Array.from({ length: 1_000 }, () => 1) },
    } as ExecutionArgs;
    const { onExecute, onSubscribe } = limitDocuments({ introspection: false });
    for (const prepare of [onExecute, onSubscribe]) {
      parsedCount = 0;
      prepare?.({ args } as never);
      expect(parsedCount).toBeGreaterThan(0);
      expect(parsedCount).toBeLessThan(10);
    }
  });
});

describe('suggestions of near names', () => {
  it.each([
    ['shown', 'a short text', { list: ['A'.repeat(1_000)] }],
    ['hidden', 'a long text', { list: ['A'.repeat(1_001)] }],
    ['hidden', 'a long field name', { list: { ['A'.repeat(1_001)]: 1 } }],
  ])('are %s for %s in the variables', (expected, _, variableValues) => {
    const args = {
      schema: new GraphQLSchema({
        query: new GraphQLObjectType({ name: 'Query', fields: { number: { type: GraphQLInt } } }),
      }),
      document: parse('{ number }'),
      variableValues,
    } as ExecutionArgs;
    limitDocuments({ introspection: true }).onExecute?.({ args } as never);
    expect(args.hideSuggestions).toBe(expected === 'hidden');
  });
});
