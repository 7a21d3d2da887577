type Schema = Readonly<Record<string, unknown>>;

/** Returns a value with all properties for a simple JSON Schema, as vendors accept it. */
export function valueFor(schema: unknown): unknown {
  if (!isObject(schema)) return null;
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (Array.isArray(schema.anyOf)) return valueFor(schema.anyOf[0]);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return 'Zürich "☔" 東京';
    case 'integer':
    case 'number':
      return 7;
    case 'boolean':
      return true;
    case 'array':
      return [valueFor(schema.items)];
    case 'null':
      return null;
    default:
      return Object.fromEntries(propertiesOf(schema).map(([name, property]) => [name, valueFor(property)]));
  }
}

/**
 * Checks the rule of OpenAI and Anthropic for strict schemas: each object has to require all of its properties and to allow no
 * others. Returns the path to the first object that does not.
 */
export function strictFault(schema: unknown, path: readonly string[] = []): readonly string[] | undefined {
  if (!isObject(schema)) return undefined;
  if (schema.type === 'object' && schema.additionalProperties !== false) return path;
  const nested: (readonly [string, unknown])[] = [...propertiesOf(schema), ['items', schema.items]];
  for (const [name, inner] of nested) {
    const fault = strictFault(inner, [...path, name]);
    if (fault) return fault;
  }
  return undefined;
}

function propertiesOf({ properties }: Schema): [string, unknown][] {
  return isObject(properties) ? Object.entries(properties) : [];
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
