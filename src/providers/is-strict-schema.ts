type Schema = Readonly<Record<string, unknown>>;

/** What a vendor wants of each object of a schema to which it holds its model. */
interface StrictRules {
  /** OpenAI: an optional property is one that may be null. */
  readonly requiresAllProperties: boolean;
  /** Keywords that the vendor refuses. */
  readonly refusedKeywords: ReadonlySet<string>;
}

/** Source: platform.openai.com/docs, "Structured outputs", supported schemas. */
export const openAiStrictRules: StrictRules = {
  requiresAllProperties: true,
  refusedKeywords: new Set([
    'allOf',
    'not',
    'dependentRequired',
    'dependentSchemas',
    'if',
    'then',
    'else',
    'patternProperties',
    'oneOf',
  ]),
};

/** Source: platform.claude.com/docs, "Structured outputs", JSON Schema limitations. */
export const anthropicStrictRules: StrictRules = {
  requiresAllProperties: false,
  refusedKeywords: new Set([
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'maxItems',
    'uniqueItems',
    'contains',
    'prefixItems',
    'oneOf',
    'not',
    'if',
    'then',
    'else',
    'patternProperties',
    'propertyNames',
    'dependentRequired',
    'dependentSchemas',
  ]),
};

/** The members whose values are schemas by name, and not a schema. */
const namedSchemas: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
/** The members whose values are no schemas. */
const plainValues: ReadonlySet<string> = new Set([
  'const',
  'enum',
  'default',
  'examples',
  'required',
  'type',
  'description',
]);

/** Whether a vendor can hold its model to a schema. */
export function isStrictSchema(schema: unknown, rules: StrictRules): boolean {
  if (Array.isArray(schema)) return schema.every((entry) => isStrictSchema(entry, rules));
  if (!isSchema(schema)) return true;
  const names = Object.keys(schema);
  if (names.some((name) => rules.refusedKeywords.has(name))) return false;
  if (typeof schema.minItems === 'number' && schema.minItems > 1 && rules === anthropicStrictRules) return false;
  // A reference to the root makes a schema contain itself.
  if (schema.$ref === '#') return false;
  if (isObjectSchema(schema) && !isClosed(schema, rules)) return false;
  return names.every((name) => {
    if (plainValues.has(name)) return true;
    const member = schema[name];
    if (!namedSchemas.has(name)) return isStrictSchema(member, rules);
    return !isSchema(member) || Object.values(member).every((inner) => isStrictSchema(inner, rules));
  });
}

function isClosed({ properties, required, additionalProperties }: Schema, rules: StrictRules): boolean {
  if (additionalProperties !== false) return false;
  if (!rules.requiresAllProperties || !isSchema(properties)) return true;
  return Array.isArray(required) && Object.keys(properties).every((name) => required.includes(name));
}

/**
 * Returns a schema whose objects take no other properties than those that they name. What fits it fits the schema. An object that
 * names none, or says which others it takes, stays as it is. The same schema is returned where nothing changes.
 */
export function closeObjects<Value>(schema: Value): Value;
export function closeObjects(schema: unknown): unknown {
  if (Array.isArray(schema)) return mapChanged(schema, closeObjects);
  if (!isSchema(schema)) return schema;
  const entries = Object.entries(schema).map(([name, member]): [string, unknown] => [name, closeMember(name, member)]);
  const isOpen =
    isObjectSchema(schema) &&
    schema.additionalProperties === undefined &&
    isSchema(schema.properties) &&
    Object.keys(schema.properties).length > 0;
  if (isOpen) entries.push(['additionalProperties', false]);
  return isOpen || entries.some(([name, member]) => member !== schema[name]) ? Object.fromEntries(entries) : schema;
}

function closeMember(name: string, member: unknown): unknown {
  if (plainValues.has(name)) return member;
  if (!namedSchemas.has(name) || !isSchema(member)) return closeObjects(member);
  const closed = Object.entries(member).map(([key, inner]): [string, unknown] => [key, closeObjects(inner)]);
  return closed.some(([key, inner]) => inner !== member[key]) ? Object.fromEntries(closed) : member;
}

function mapChanged(list: readonly unknown[], change: (entry: unknown) => unknown): readonly unknown[] {
  const changed = list.map(change);
  return changed.some((entry, index) => entry !== list[index]) ? changed : list;
}

function isObjectSchema({ type, properties }: Schema): boolean {
  return (
    type === 'object' ||
    (Array.isArray(type) && type.includes('object')) ||
    (type === undefined && isSchema(properties))
  );
}

/** A number whose digits are kept is an object without a prototype. */
function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) !== null;
}
