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

/** More than any budget has: a value of so many units is not looked at any further. */
const maxEstimate = 1_000_000;

/** Estimates the units that it takes to go through a JSON value once, or gives more than any budget has. */
export function estimateJsonUnits(value: unknown): number {
  const pending = [value];
  let units = 0;
  while (pending.length > 0 && units <= maxEstimate) {
    const next = pending.pop();
    units += 1;
    if (typeof next === 'string') units += next.length / charactersPerUnit;
    if (typeof next !== 'object' || next === null) continue;
    const members = Array.isArray(next) ? next : Object.values(next);
    if (members.length > maxEstimate) return members.length;
    for (const member of members) pending.push(member);
    if (!Array.isArray(next)) for (const name of Object.keys(next)) units += 1 + name.length / charactersPerUnit;
  }
  return units;
}
