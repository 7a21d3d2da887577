import type { StubDocument } from './read-stub-document.ts';
import { hasKeywords, mapSubschemas, type StubSchema } from './stub-schema.ts';
import { estimateJsonUnits, type StubWorkBudget } from './stub-work-budget.ts';

const unitsPerCopy = 20;
const unitsPerSchema = 40;
const unitsPerProperty = 15;
const unitsPerName = 2;
const unitsPerBranch = 150;
const unitsPerMerger = 250;
const unitsPerValue = 60;
const unitsPerCharacter = 8;
/** Values that the faker makes until `not` allows one. */
const maxOtherValues = 20;

/**
 * A schema that charges a budget whenever it is read. Neither the faker nor the validator bounds its work, but each reads
 * one keyword of every schema that it comes to, which no schema has here: a getter stands in for it.
 */
export class MeteredStubSchema {
  readonly #units: number;
  readonly #budget: StubWorkBudget;

  /** `patternUnits` is what it takes to write a text by the schema's pattern. */
  constructor(schema: StubSchema, budget: StubWorkBudget, patternUnits = 0) {
    budget.spend(unitsPerCopy);
    Object.assign(this, schema);
    this.#units = estimateUnits(schema) + patternUnits;
    this.#budget = budget;
  }

  /** Read by the faker, once for each value and each time that it merges the schema with others. */
  get $defs(): undefined {
    this.#budget.spend(this.#units);
    return undefined;
  }

  /** Read by the validator, once for each value. */
  get $recursiveRef(): undefined {
    this.#budget.spend(this.#units);
    return undefined;
  }
}

/** Builds a JSON Schema of a document, with each schema replaced, the inner ones first. */
export function buildMeteredSchema(document: StubDocument, replace: (schema: StubSchema) => MeteredStubSchema): object {
  const copy = (schema: unknown): unknown => (hasKeywords(schema) ? replace(mapSubschemas(schema, copy)) : schema);
  return {
    ...(document.type && { type: document.type }),
    $ref: '#/$defs/0',
    $defs: { ...document.definitions.map(copy) },
  };
}

/** Estimates what it takes to make or to check a value, apart from the values in it that have schemas of their own. */
function estimateUnits(schema: StubSchema): number {
  const { properties = {}, required = [], allOf = [], anyOf = [], oneOf = [], prefixItems = [] } = schema;
  const { minItems = 0, minContains = 0, minProperties = 0, minLength = 0, uniqueItems = false } = schema;
  const members = unitsPerProperty * Object.keys(properties).length + unitsPerName * required.length;
  const units =
    unitsPerSchema +
    members +
    (unitsPerBranch + members) * (anyOf.length + oneOf.length) +
    unitsPerMerger * allOf.length +
    unitsPerValue * (minItems + minContains + minProperties + prefixItems.length) +
    unitsPerCharacter * minLength +
    (uniqueItems ? minItems ** 2 : 0) +
    estimateJsonUnits([schema.enum, schema.const, schema.pattern]);
  return schema.not === undefined ? units : units * maxOtherValues;
}
