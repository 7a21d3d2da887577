import * as z from 'zod';

/** An object of a type that is none of these: vendors add to their lists, and such an object goes through as it came. */
export function otherType(known: readonly string[], description: string) {
  return z.looseObject({ type: z.string().meta({ not: { enum: [...known] } }) }).meta({ description });
}
