import { isObject } from './gemini-field-schemas.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The keywords of Google's schemas whose name has several words. */
const keywords = new Map(
  [
    'anyOf',
    'maxItems',
    'minItems',
    'maxLength',
    'minLength',
    'maxProperties',
    'minProperties',
    'propertyOrdering',
    'prefixItems',
    'additionalProperties',
  ].map((name) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name]),
);
const schemaFields: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'not']);
const schemaLists: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const namedSchemas: ReadonlySet<string> = new Set(['properties', '$defs', 'defs', 'definitions']);
/** 64-bit numbers, which Google's API writes as strings. */
const counts = /^(?:max|min)(?:Items|Length|Properties)$/;
const types: ReadonlySet<string> = new Set(['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL']);
/** Formats that say no more than the type does. Vendors that hold a model to a schema refuse them. */
const redundantFormats: ReadonlySet<unknown> = new Set(['enum', 'int32', 'int64', 'float', 'double']);

/**
 * Converts a schema of Google's to JSON Schema: types in lower case, `nullable` as a type, the order of properties as the order in
 * the text. Keywords that it does not know stay as they are. The recursion is as deep as the body may be nested.
 */
export function parseGeminiSchema(schema: Schema): Schema {
  const { nullable, propertyOrdering, ...members } = Object.fromEntries(
    Object.entries(schema).map(([name, member]) => [keywords.get(name) ?? name, member]),
  );
  const converted = Object.fromEntries(
    Object.entries(members).flatMap(([name, member]) => convertMember(name, member)),
  );
  if (Array.isArray(propertyOrdering) && isObject(converted.properties)) {
    converted.properties = orderProperties(converted.properties, propertyOrdering);
  }
  return nullable === true ? addNull(converted) : converted;
}

function convertMember(name: string, member: unknown): [name: string, member: unknown][] {
  if (name === 'type') return convertType(member);
  if (name === 'format') return redundantFormats.has(member) ? [] : [[name, member]];
  if (name === 'example') return [['examples', [member]]];
  if (counts.test(name) && typeof member === 'string' && /^\d{1,15}$/.test(member)) return [[name, Number(member)]];
  if (schemaFields.has(name)) return [[name, convertSchema(member)]];
  if (schemaLists.has(name) && Array.isArray(member)) return [[name, member.map(convertSchema)]];
  if (namedSchemas.has(name) && isSchema(member)) {
    return [[name, Object.fromEntries(Object.entries(member).map(([key, inner]) => [key, convertSchema(inner)]))]];
  }
  return [[name, member]];
}

function convertSchema(value: unknown): unknown {
  return isSchema(value) ? parseGeminiSchema(value) : value;
}

function convertType(type: unknown): [name: string, member: unknown][] {
  if (type === 'TYPE_UNSPECIFIED') return [];
  return [['type', typeof type === 'string' && types.has(type) ? type.toLowerCase() : type]];
}

function addNull(schema: Record<string, unknown>): Schema {
  const { type } = schema;
  if (typeof type === 'string' && type !== 'null') schema.type = [type, 'null'];
  if (type === undefined && Array.isArray(schema.anyOf)) schema.anyOf = [...schema.anyOf, { type: 'null' }];
  if (Array.isArray(schema.enum)) schema.enum = [...schema.enum, null];
  return schema;
}

/** Models write properties in the order of the schema. */
function orderProperties(properties: Schema, order: readonly unknown[]): Schema {
  const names = new Set(order.filter((name): name is string => typeof name === 'string'));
  const first = [...names].filter((name) => Object.hasOwn(properties, name));
  const others = Object.keys(properties).filter((name) => !names.has(name));
  return Object.fromEntries([...first, ...others].map((name) => [name, properties[name]]));
}

/** A number whose digits are kept is an object without a prototype. */
function isSchema(value: unknown): value is Schema {
  return isObject(value) && Object.getPrototypeOf(value) !== null;
}
