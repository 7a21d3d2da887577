import { getNumber, type Schema } from './schema.ts';

/** Multiples that are tried next to a bound. */
const triedMultiples = 20;

/**
 * The plainest number that a schema allows: 0 where it can be, else one at a bound. `variant` gives another one for each
 * value where there is one. Undefined where there is none.
 */
export function numberInstance(schema: Schema, isInteger: boolean, variant: number): number | undefined {
  const low = Math.max(getNumber(schema, 'minimum') ?? -Infinity, getNumber(schema, 'exclusiveMinimum') ?? -Infinity);
  const high = Math.min(getNumber(schema, 'maximum') ?? Infinity, getNumber(schema, 'exclusiveMaximum') ?? Infinity);
  const multipleOf = getNumber(schema, 'multipleOf');
  const fits = (value: number) =>
    Number.isFinite(value) &&
    value >= low &&
    value <= high &&
    value !== getNumber(schema, 'exclusiveMinimum') &&
    value !== getNumber(schema, 'exclusiveMaximum') &&
    (!isInteger || Number.isInteger(value)) &&
    (multipleOf === undefined || Number.isInteger(value / multipleOf));

  const step = multipleOf ?? (isInteger ? 1 : undefined);
  const first = [0, low, high, (low + high) / 2, low + 1, high - 1, ...multiples(step ?? 1, low, high)].find(fits);
  if (first === undefined || variant === 0) return first === undefined ? undefined : first + 0;
  const distance = variant * (step ?? (Number.isFinite(high - low) ? (high - low) / 1000 : 1));
  return [first + distance, first - distance, first].find(fits);
}

function multiples(step: number, low: number, high: number): number[] {
  const indexes = Array.from({ length: triedMultiples }, (_, index) => index);
  return [
    ...indexes.map((index) => (Math.ceil(low / step) + index) * step),
    ...indexes.map((index) => (Math.floor(high / step) - index) * step),
  ];
}
