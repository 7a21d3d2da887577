import { generateSync, type JsonSchema } from 'json-schema-faker';
import { buildMeteredSchema, MeteredStubSchema } from './metered-stub-schema.ts';
import type { StubDocument } from './read-stub-document.ts';
import { simplifyStubSchema } from './simplify-stub-schema.ts';
import type { StubWorkBudget } from './stub-work-budget.ts';

const maxDepth = 64;
/** The faker writes a text by a pattern up to fifty times, until one has the right length. */
const expectedTexts = 10;

/**
 * Creates a value that may fit a schema, the same with the same seed. Throws where the faker finds none, and where the
 * budget does not suffice.
 */
export function createStubCandidate(document: StubDocument, seed: number, budget: StubWorkBudget): unknown {
  const findNames = document.patterns.createFinder(document.propertyNames, budget);
  const isPlain = seed % 2 === 0;
  const schema = buildMeteredSchema(document, (original) => {
    const patternCost = original.pattern === undefined ? 0 : document.patterns.getCost(original.pattern);
    return new MeteredStubSchema(simplifyStubSchema(original, findNames, isPlain), budget, expectedTexts * patternCost);
  });
  const candidate = generateSync(schema as JsonSchema, {
    seed,
    maxDepth,
    optionalsProbability: 0,
    maxDefaultItems: 0,
    // The faker's own durations may end with a T.
    formats: { duration: (random) => `P${random.int(1, 30)}D` },
  });
  // As a client reads it, without what JSON does not have.
  return JSON.parse(JSON.stringify(candidate));
}
