/** Thrown for a client's schema that cannot be read, or that asks for too much work. */
export class UnusableSchemaError extends Error {}

/** Bounds the work that a client's schema causes. A unit is about a tenth of a microsecond of CPU. */
export class StubWorkBudget {
  #remaining: number;

  constructor(units: number) {
    this.#remaining = units;
  }

  get remaining(): number {
    return Math.max(0, this.#remaining);
  }

  /** Throws UnusableSchemaError once more is spent than there is. */
  spend(units: number): void {
    this.#remaining -= units;
    if (this.#remaining < 0) throw new UnusableSchemaError();
  }
}

const charactersPerUnit = 10;

/** Estimates the units that it takes to go through a JSON value once. */
export function estimateJsonUnits(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / charactersPerUnit;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.entries(value).reduce(
    (sum, [name, member]) => sum + estimateJsonUnits(name) + estimateJsonUnits(member),
    1,
  );
}
