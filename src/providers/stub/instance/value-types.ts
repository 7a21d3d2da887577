import { getList, type Schema } from './schema.ts';

const typesByKeyword: readonly (readonly [type: string, ...keywords: string[]])[] = [
  ['object', 'properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties'],
  ['array', 'items', 'prefixItems', 'minItems', 'contains', 'uniqueItems'],
  ['number', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
];

/** A schema that names no type means the one that its keywords are about; text is as good as any other value. */
export function typesOf(schema: Schema): readonly unknown[] {
  if (schema.type !== undefined) return [schema.type].flat();
  const found = typesByKeyword.find(([, ...keywords]) => keywords.some((keyword) => schema[keyword] !== undefined));
  return [found?.[0] ?? 'string'];
}

/** The values that a schema lists, of the types that it names. Undefined for one that lists none. */
export function listedValues(schema: Schema): readonly unknown[] | undefined {
  const listed = getList(schema, 'enum');
  const types = schema.type === undefined ? undefined : new Set([schema.type].flat());
  if (schema.const === undefined) return listed?.filter((value) => isOfType(value, types));
  const isListed = listed?.some((value) => JSON.stringify(value) === JSON.stringify(schema.const)) ?? true;
  return isListed && isOfType(schema.const, types) ? [schema.const] : [];
}

function isOfType(value: unknown, types: ReadonlySet<unknown> | undefined): boolean {
  if (types === undefined) return true;
  const itsType = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return types.has(itsType) || (Number.isInteger(value) && types.has('integer'));
}
