import { resolveStubProperties } from './resolve-stub-properties.ts';
import type { FindMatches } from './stub-patterns.ts';
import type { StubSchema } from './stub-schema.ts';

/** Numbers are between this and its negative, where a schema allows it. */
const usualBound = 1000;
const usualTextLength = 4;
const maxExtraLength = 8;

/**
 * Rewrites a schema so that the faker makes small values by it: bounds are close, and the names that an object needs are
 * among its properties. What fits the result need not fit the schema. A plain result lacks what only makes values look
 * better: formats before patterns, texts that are not empty, tuples that are full.
 */
export function simplifyStubSchema(schema: StubSchema, findMatches: FindMatches, isPlain: boolean): StubSchema {
  // The faker takes keywords that it does not know for properties.
  const { unevaluatedItems: _items, unevaluatedProperties: _properties, ...keywords } = schema;
  // A bound would strike out values that are listed.
  if (schema.enum !== undefined || schema.const !== undefined) return keywords;
  const { if: _if, then: _then, else: _else, ...unconditional } = keywords;
  return {
    ...(isPlain ? unconditional : keywords),
    ...boundNumber(schema),
    ...boundText(schema, isPlain),
    ...boundList(schema, isPlain),
    ...nameProperties(schema, findMatches),
  };
}

function boundNumber(schema: StubSchema): StubSchema {
  const { minimum = -Number.MAX_VALUE, maximum = Number.MAX_VALUE, exclusiveMinimum, exclusiveMaximum } = schema;
  const low = Math.max(minimum, exclusiveMinimum ?? minimum);
  const high = Math.min(maximum, exclusiveMaximum ?? maximum);
  const lower = Math.max(low, Math.min(-usualBound, high - widthAt(high)));
  const upper = Math.min(high, Math.max(usualBound, lower + widthAt(lower)));
  const bounds: StubSchema = {};
  // A bound that is not needed could contradict a schema that this one is merged with.
  if (low > -Number.MAX_VALUE || high < -usualBound / 2) {
    bounds.minimum = lower;
    bounds.exclusiveMinimum = lower === exclusiveMinimum ? lower : undefined;
  }
  if (high < Number.MAX_VALUE || low > usualBound / 2) {
    bounds.maximum = upper;
    bounds.exclusiveMaximum = upper === exclusiveMaximum ? upper : undefined;
  }
  return bounds;
}

function widthAt(bound: number): number {
  return Math.max(usualBound, Math.abs(bound) / 2);
}

function boundText({ type, pattern, format, minLength, maxLength }: StubSchema, isPlain: boolean): StubSchema {
  if (pattern !== undefined) return isPlain ? { format: undefined } : {};
  if (format !== undefined || ![type].flat().includes('string')) return {};
  const minTextLength = minLength ?? (isPlain ? 0 : Math.min(usualTextLength, maxLength ?? usualTextLength));
  return { minLength: minTextLength, maxLength: Math.min(maxLength ?? Infinity, minTextLength + maxExtraLength) };
}

function boundList(schema: StubSchema, isPlain: boolean): StubSchema {
  const { minItems = 0, maxItems = Infinity, prefixItems = [], items = true, contains, minContains = 1 } = schema;
  const minListLength = isPlain ? minItems : Math.min(maxItems, Math.max(minItems, prefixItems.length));
  const bounds: StubSchema = minListLength > minItems ? { minItems: minListLength } : {};
  // Without a schema of its items, the faker writes an empty list.
  if ([schema.type].flat().includes('array')) bounds.items = items;
  if (contains !== undefined) {
    bounds.contains = { allOf: [items, contains] };
    bounds.maxContains = minContains;
    bounds.maxItems = Math.min(maxItems, minListLength + minContains);
  } else if (schema.maxItems !== undefined) bounds.maxItems = Math.min(maxItems, minListLength);
  return bounds;
}

function nameProperties(schema: StubSchema, findMatches: FindMatches): StubSchema {
  const { properties, patternProperties, required, dependentRequired = {}, minProperties } = schema;
  const keywords = [properties, patternProperties, required, schema.dependentRequired, minProperties];
  if (keywords.every((keyword) => keyword === undefined)) return {};
  const needed = new Set(required);
  // The loop comes to the names that it adds, too.
  for (const name of needed) {
    if (Object.hasOwn(dependentRequired, name)) for (const other of dependentRequired[name] ?? []) needed.add(other);
  }
  const declared = Object.keys(properties ?? {});
  for (const name of declared) if (needed.size < (minProperties ?? 0)) needed.add(name);
  // `true` would replace the property of a schema that this one is merged with.
  const { additionalProperties = true } = schema;
  const additional = additionalProperties === true ? {} : additionalProperties;
  return {
    properties: {
      ...Object.fromEntries([...needed].map((name) => [name, additional])),
      ...resolveStubProperties(schema, findMatches),
    },
    required: [...needed],
    patternProperties: undefined,
    dependentRequired: undefined,
  };
}
