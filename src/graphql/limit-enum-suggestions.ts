import { type GraphQLSchema, isEnumType } from 'graphql';

/** No value of an enum is near to a longer text. */
const maxSuggestedLength = 1_000;

/**
 * Keeps the enums of a schema from looking for values that are near to a long text: 10 MB take it 2 s and 300 MB of memory.
 * `hideSuggestions` of the execution is not enough, because variables are first coerced without it. Changes the schema's types.
 */
export function limitEnumSuggestions(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isEnumType(type)) continue;
    const coerce = type.coerceInputValue.bind(type);
    type.coerceInputValue = (value, hideSuggestions) => {
      const isShort = typeof value === 'string' && value.length <= maxSuggestedLength;
      return coerce(value, hideSuggestions || !isShort);
    };
  }
  return schema;
}
