import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { parseExactJson } from '../lib/exact-json.ts';
import type { GraphQlContext } from './context.ts';

/** The builder that all types and fields are added to. Fields are not null unless they say so. */
export const builder = new SchemaBuilder<{
  Context: GraphQlContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
  };
  Connection: { readonly count: () => Promise<number> };
}>({
  plugins: [RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  // limits.ts adds up the costs before execution. Each list field says what it costs.
  complexity: { disabled: true, defaultListMultiplier: 1 },
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
    nodesOnConnection: true,
  },
});

builder.queryType();
builder.mutationType();
builder.subscriptionType();

builder.scalarType('DateTime', {
  description: 'A moment as ISO 8601 with its offset, such as 2026-11-24T12:00:00Z. Always UTC in replies.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => parseDateTime(value),
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined, node),
});

builder.scalarType('JSON', {
  description: 'Any JSON value, given back as it came.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: parseJsonLiteral,
});

/** Parses a JSON value that stands in the document. Its numbers keep their digits. */
function parseJsonLiteral(node: ValueNode, variables?: Readonly<Record<string, unknown>> | null): unknown {
  switch (node.kind) {
    case Kind.INT:
    case Kind.FLOAT:
      return parseExactJson(node.value);
    case Kind.LIST:
      return node.values.map((value) => parseJsonLiteral(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, parseJsonLiteral(value, variables)]));
    default:
      return valueFromASTUntyped(node, variables);
  }
}

/** Parses a DateTime. `node` is its place in the document, for errors. */
function parseDateTime(value: unknown, node?: ValueNode): Date {
  const isDateTime =
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/i.test(value) &&
    !Number.isNaN(Date.parse(value));
  if (isDateTime) return new Date(value);
  throw new GraphQLError('A DateTime is ISO 8601 with an offset, such as 2026-11-24T12:00:00Z.', { nodes: node });
}
