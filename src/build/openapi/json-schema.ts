import * as z from 'zod';

type Convert = NonNullable<Parameters<typeof z.toJSONSchema>[1]>;

/**
 * Converts schemas to JSON Schema, as they read input. A list whose length a function checks before its entries is described by
 * its entries; a value that only a function checks, by its description.
 */
export const toJsonSchema = {
  target: 'draft-2020-12',
  io: 'input',
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }) => {
    const { def } = zodSchema._zod;
    if (def.type === 'pipe' && (def as z.core.$ZodPipeDef).in._zod.def.type === 'custom') {
      const { $schema, ...list } = z.toJSONSchema((def as z.core.$ZodPipeDef).out, toJsonSchema);
      Object.assign(jsonSchema, list);
    }
    // The largest safe integers are no bound to a reader, and the pattern of a time says no more than its format.
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    joinNull(jsonSchema);
  },
} as const satisfies Convert;

/** Writes `{type: 'string'} or null` as `{type: ['string', 'null']}`, and a union in a union as one: easier to read. */
function joinNull(schema: z.core.JSONSchema.BaseSchema): void {
  const [first, second, ...more] = schema.anyOf ?? [];
  if (!first || second?.type !== 'null' || more.length > 0) return;
  if (first.anyOf && Object.keys(first).length === 1) schema.anyOf = [...first.anyOf, second];
  if (typeof first.type !== 'string' || first.enum || 'const' in first) return;
  delete schema.anyOf;
  Object.assign(schema, { ...first, ...schema, type: [first.type, 'null'] });
}

type Texts<Shape> = { readonly [Key in keyof Shape]-?: string | z.ZodType };

/**
 * Adds descriptions to the schema that a route parses with: a text, or a schema where the parser reads a field apart from the
 * rest. A field without a description is a type error.
 */
export function describeFields<Shape extends z.ZodRawShape, Config extends z.core.$ZodObjectConfig>(
  schema: z.ZodObject<Shape, Config>,
  texts: Texts<Shape>,
): z.ZodObject<z.ZodRawShape, Config> {
  const fields = Object.entries<string | z.ZodType>(texts).map(([name, text]) => {
    const field = schema.shape[name];
    if (!(field instanceof z.ZodType)) throw new Error(`${name} is no field of this schema.`);
    return [name, typeof text === 'string' ? field.meta({ description: text }) : text];
  });
  return schema.safeExtend(Object.fromEntries(fields)) as unknown as z.ZodObject<z.ZodRawShape, Config>;
}
