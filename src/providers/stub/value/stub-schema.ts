import * as z from 'zod';

const countSchema = z.number().nonnegative();
const typeSchema = z.enum(['string', 'number', 'integer', 'boolean', 'null', 'object', 'array']);
const listSchema = z.array(z.unknown());
const mapSchema = z.record(z.string(), z.unknown());
/** Keywords that nothing here checks a value by. */
const unsupportedSchema = z.undefined();

export const keywordsSchema = z
  .object({
    $ref: z.string(),
    $dynamicRef: unsupportedSchema,
    $recursiveRef: unsupportedSchema,
    type: z.union([typeSchema, z.array(typeSchema).min(1)]),
    const: z.unknown(),
    enum: listSchema,
    minimum: z.number(),
    maximum: z.number(),
    exclusiveMinimum: z.number(),
    exclusiveMaximum: z.number(),
    multipleOf: z.number().positive(),
    minLength: countSchema,
    maxLength: countSchema,
    pattern: z.string(),
    format: z.string(),
    minItems: countSchema,
    maxItems: countSchema,
    uniqueItems: z.boolean(),
    minContains: countSchema,
    maxContains: countSchema,
    minProperties: countSchema,
    maxProperties: countSchema,
    required: z.array(z.string()),
    dependentRequired: z.record(z.string(), z.array(z.string())),
    dependencies: unsupportedSchema,
    allOf: listSchema,
    anyOf: listSchema,
    oneOf: listSchema,
    prefixItems: listSchema,
    properties: mapSchema,
    patternProperties: mapSchema,
    dependentSchemas: mapSchema,
  })
  .partial();

/** Keywords whose value is a schema. */
export const subschemaKeywords = [
  ...(['items', 'additionalItems', 'unevaluatedItems', 'contains'] as const),
  ...(['additionalProperties', 'unevaluatedProperties', 'propertyNames'] as const),
  ...(['not', 'if', 'then', 'else'] as const),
];

/** A JSON Schema that is an object. Its subschemas are objects or booleans. */
export type StubSchema = z.infer<typeof keywordsSchema> & { [keyword in (typeof subschemaKeywords)[number]]?: unknown };

/** Tells a schema that has keywords from a boolean. */
export function hasKeywords(schema: unknown): schema is StubSchema {
  return typeof schema === 'object';
}

/** Copies a schema, with each of its subschemas replaced. */
export function mapSubschemas(schema: StubSchema, replace: (subschema: unknown) => unknown): StubSchema {
  const copy = { ...schema };
  for (const keyword of subschemaKeywords) {
    if (schema[keyword] !== undefined) copy[keyword] = replace(schema[keyword]);
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const) {
    if (schema[keyword] !== undefined) copy[keyword] = schema[keyword].map(replace);
  }
  for (const keyword of ['properties', 'patternProperties', 'dependentSchemas'] as const) {
    if (schema[keyword] === undefined) continue;
    const entries = Object.entries(schema[keyword]).map(([name, subschema]) => [name, replace(subschema)]);
    copy[keyword] = Object.fromEntries(entries);
  }
  return copy;
}
