import { StubPattern } from './stub-pattern.ts';
import type { StubWorkBudget } from './stub-work-budget.ts';

/** Finds the texts that a regular expression matches. */
export type FindMatches = (source: string) => readonly string[];

/** The regular expressions of a schema. Each method throws UnusableSchemaError for one that is not supported. */
export class StubPatterns {
  readonly #patterns = new Map<string, StubPattern>();

  /** Returns the units that it takes the faker to write a text. */
  getCost(source: string): number {
    return this.#get(source).cost;
  }

  /** Creates a function that finds matches among texts, and throws UnusableSchemaError once the budget is spent. */
  createFinder(texts: Iterable<string>, budget: StubWorkBudget): FindMatches {
    const found = new Map<string, readonly string[]>();
    return (source) => {
      const pattern = this.#get(source);
      const matches = found.get(source) ?? [...texts].filter((text) => pattern.test(text, budget));
      found.set(source, matches);
      budget.spend(matches.length);
      return matches;
    };
  }

  #get(source: string): StubPattern {
    const pattern = this.#patterns.get(source) ?? new StubPattern(source);
    this.#patterns.set(source, pattern);
    return pattern;
  }
}
