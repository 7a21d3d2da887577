import * as z from 'zod';
import { isDeeperThan, maxJsonDepth } from '../../lib/is-deeper-than.ts';

type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON object as it came, neither copied nor looked into. */
export const jsonObject = z.custom<Fields>(
  (value) => isObject(value) && !isDeeperThan(value, maxJsonDepth),
  `must be an object, nested at most ${maxJsonDepth} deep`,
);

/** A field that no other vendor has a counterpart for, and that a reply would lack. */
export function mustBeAbsent(error: string) {
  return z.custom<null | undefined>((value) => value === null || value === undefined, error).optional();
}
