import { StubPatterns } from './stub-patterns.ts';
import { keywordsSchema, mapSubschemas, type StubSchema, subschemaKeywords } from './stub-schema.ts';
import { estimateJsonUnits, type StubWorkBudget, UnusableSchemaError } from './stub-work-budget.ts';

const maxDepth = 64;
const unitsPerSchema = 100;
const unitsPerEntry = 5;

export interface StubDocument {
  /** Each `$ref` is `#/$defs/` and the index of its target. The first is the root. */
  readonly definitions: readonly (StubSchema | boolean)[];
  /** The type that a value must have, even where the schema allows more. */
  readonly type: 'object' | undefined;
  /** Names that properties may have. */
  readonly propertyNames: ReadonlySet<string>;
  readonly patterns: StubPatterns;
}

/**
 * Copies a client's schema without annotations and without keywords that JSON Schema does not have. Throws
 * UnusableSchemaError for what is no schema, and for a reference to nowhere or to another document.
 */
export function readStubDocument(root: unknown, type: 'object' | undefined, budget: StubWorkBudget): StubDocument {
  const definitions: (StubSchema | boolean)[] = [];
  const propertyNames = new Set<string>();
  const indexes = new Map([[root, 0]]);
  const copyReference = (reference: string) => {
    const target = resolveReference(root, reference);
    const index = indexes.get(target) ?? indexes.size;
    indexes.set(target, index);
    return { $ref: `#/$defs/${index}` };
  };
  const copySchema = (schema: unknown, depth: number): StubSchema | boolean => {
    budget.spend(unitsPerSchema);
    if (typeof schema === 'boolean') return schema;
    if (depth > maxDepth) throw new UnusableSchemaError();
    const { $ref, ...keywords } = readKeywords(schema, budget);
    const { properties = {}, required = [], dependentRequired = {} } = keywords;
    const names = [Object.keys(properties), required, Object.entries(dependentRequired)].flat(3);
    budget.spend(unitsPerEntry * names.length);
    for (const name of names) propertyNames.add(name);
    const copy = mapSubschemas(keywords, (subschema) => copySchema(subschema, depth + 1));
    if ($ref === undefined) return copy;
    // Beside a reference, the faker would let these keywords replace the same ones of its target.
    const reference = copyReference($ref);
    return Object.keys(copy).length === 0 ? reference : { ...copy, allOf: [...(copy.allOf ?? []), reference] };
  };
  // The iterator comes to the targets that are added meanwhile, too.
  for (const target of indexes.keys()) definitions.push(copySchema(target, 0));
  return { definitions, type, propertyNames, patterns: new StubPatterns() };
}

/** A keyword that is null counts as absent. */
function readKeywords(schema: unknown, budget: StubWorkBudget): StubSchema {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) throw new UnusableSchemaError();
  budget.spend(unitsPerEntry * Object.keys(schema).length);
  const entries = Object.entries(schema).filter(([keyword, value]) => value !== null || keyword === 'const');
  // A list has room for millions of entries, each of which the parser would look at.
  for (const [, value] of entries) if (Array.isArray(value)) budget.spend(value.length);
  const present: Record<string, unknown> = Object.fromEntries(entries);
  budget.spend(estimateJsonUnits(present.dependentRequired));
  const parsed = keywordsSchema.safeParse(present);
  if (!parsed.success) throw new UnusableSchemaError();
  const keywords: StubSchema = parsed.data;
  budget.spend(unitsPerEntry * estimateJsonUnits([keywords.enum, keywords.const]));
  for (const keyword of subschemaKeywords) if (present[keyword] !== undefined) keywords[keyword] = present[keyword];
  // The name that older documents of OpenAPI have for it.
  if (keywords.format === 'url') keywords.format = 'uri';
  const { items, additionalItems, ...others } = keywords;
  if (!Array.isArray(items)) return items === undefined ? others : { ...others, items };
  // A tuple before draft 2020-12.
  return { ...others, prefixItems: items, ...(additionalItems !== undefined && { items: additionalItems }) };
}

/** Finds the target of a reference within the document: `#`, `#/$defs/name`. */
function resolveReference(root: unknown, reference: string): unknown {
  if (!/^#(\/|$)/.test(reference)) throw new UnusableSchemaError();
  let target = root;
  for (const step of decodeURIComponent(reference).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) throw new UnusableSchemaError();
    target = Reflect.get(target, name);
  }
  return target;
}
