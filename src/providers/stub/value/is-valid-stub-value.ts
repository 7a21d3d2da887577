import { type Schema, Validator } from '@cfworker/json-schema';
import { buildMeteredSchema, MeteredStubSchema } from './metered-stub-schema.ts';
import type { StubDocument } from './read-stub-document.ts';
import { resolveStubProperties } from './resolve-stub-properties.ts';
import type { StubSchema } from './stub-schema.ts';
import type { StubWorkBudget } from './stub-work-budget.ts';

/** Pairs of a list's items that are compared in a unit. */
const pairsPerUnit = 10;

/** Checks a value by a schema. Throws UnusableSchemaError where the budget does not suffice. */
export function isValidStubValue(candidate: unknown, document: StubDocument, budget: StubWorkBudget): boolean {
  const texts = new Set<string>();
  collectTexts(candidate, texts, budget);
  const findMatches = document.patterns.createFinder(texts, budget);
  // The validator runs patterns without a bound: it gets the texts that they match instead.
  const schema = buildMeteredSchema(document, (original) => {
    const { pattern, patternProperties, ...keywords } = original;
    const bound: StubSchema = keywords;
    if (pattern !== undefined) bound.pattern = createExactPattern(findMatches(pattern));
    if (patternProperties !== undefined) bound.properties = resolveStubProperties(original, findMatches);
    return new MeteredStubSchema(bound, budget);
  });
  return new Validator(schema as Schema, '2020-12').validate(candidate).valid;
}

function collectTexts(value: unknown, texts: Set<string>, budget: StubWorkBudget): void {
  budget.spend(1);
  if (typeof value === 'string') texts.add(value);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) budget.spend(value.length ** 2 / pairsPerUnit);
  else for (const name of Object.keys(value)) texts.add(name);
  for (const member of Object.values(value)) collectTexts(member, texts, budget);
}

/** Creates a pattern that matches these texts and no others. */
function createExactPattern(texts: readonly string[]): string {
  if (texts.length === 0) return '(?!)';
  const escaped = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return `^(?:${escaped.join('|')})$`;
}
