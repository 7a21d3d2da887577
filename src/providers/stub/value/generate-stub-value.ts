import { createStubCandidate } from './create-stub-candidate.ts';
import { isValidStubValue } from './is-valid-stub-value.ts';
import { readStubDocument, type StubDocument } from './read-stub-document.ts';
import { StubWorkBudget } from './stub-work-budget.ts';

const maxReadUnits = 200_000;
const maxUnits = 400_000;
/** By a recursive schema, one value may have no end, and the next one be small. */
const shareOfAttempt = 0.6;
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
  for (let seed = 1; seed <= maxAttempts; seed++) {
    const budget = new StubWorkBudget(units * shareOfAttempt);
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
