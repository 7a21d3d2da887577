import type { FindMatches } from './stub-patterns.ts';
import type { StubSchema } from './stub-schema.ts';

/** The schemas of the properties that are declared, and of those whose names `patternProperties` matches. */
export function resolveStubProperties(schema: StubSchema, findMatches: FindMatches): Record<string, unknown> {
  const { properties = {}, patternProperties = {} } = schema;
  const schemas = new Map(Object.entries(properties).map(([name, subschema]) => [name, [subschema]]));
  for (const [pattern, subschema] of Object.entries(patternProperties)) {
    for (const name of findMatches(pattern)) schemas.set(name, [...(schemas.get(name) ?? []), subschema]);
  }
  return Object.fromEntries([...schemas].map(([name, all]) => [name, all.length === 1 ? all[0] : { allOf: all }]));
}
