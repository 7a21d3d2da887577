/** A schema is a client's: a small one may describe a value that no memory holds, or take for ever to look through. */
const maxSteps = 20_000;
/** Characters of a schema's JSON that can be looked at in the time of one step. */
const charactersPerStep = 1000;
const entriesPerStep = 50;

export class TooManySteps extends Error {}

/** Counts the work that goes into a value, and throws TooManySteps where it becomes too much. */
export class StepCounter {
  #steps = 0;

  takeStep(): void {
    this.#take(1);
  }

  lookAt(schema: unknown): void {
    this.#take(jsonLength(schema) / charactersPerStep);
  }

  goThrough(entries: number): void {
    this.#take(entries / entriesPerStep);
  }

  write(text: string): void {
    this.#take(text.length / 10);
  }

  #take(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps) throw new TooManySteps();
  }
}

/** Infinity for what is nested too deeply to be written. */
export function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
