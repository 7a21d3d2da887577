import { createStubCandidate } from './create-stub-candidate.ts';
import { isValidStubValue } from './is-valid-stub-value.ts';
import { readStubDocument, type StubDocument } from './read-stub-document.ts';
import { StubWorkBudget } from './stub-work-budget.ts';

const maxReadUnits = 200_000;
const maxUnits = 300_000;
/** A recursive schema may lead one attempt on for long, and the next one not. */
const maxUnitsPerAttempt = 240_000;
const maxAttempts = 20;

/**
 * Generates a value that is valid by a JSON Schema, the same each time. Returns undefined where there is none, or none is
 * found with a bounded amount of work.
 */
export function generateStubValue(schema: unknown = true, type?: 'object'): unknown {
  try {
    return searchValue(readStubDocument(schema, type, new StubWorkBudget(maxReadUnits)));
  } catch {
    // It is no schema that Stub can read, or it is nested too deeply for the stack.
    return undefined;
  }
}

function searchValue(document: StubDocument): unknown {
  let units = maxUnits;
  for (let seed = 1; seed <= maxAttempts && units > 0; seed++) {
    const budget = new StubWorkBudget(Math.min(units, maxUnitsPerAttempt));
    units -= budget.remaining;
    try {
      const candidate = createStubCandidate(document, seed, budget);
      if (isValidStubValue(candidate, document, budget)) return candidate;
    } catch {
      // The faker finds nothing with this seed, or the budget is spent. Another seed may do with less.
    }
    units += budget.remaining;
  }
  return undefined;
}
