import * as z from 'zod';

/** An object whose type is not in the list: vendors add types, and such an object is passed through. */
export function unknownVariant(listedTypes: readonly string[], description: string) {
  return z.looseObject({ type: z.string().meta({ not: { enum: [...listedTypes] } }) }).meta({ description });
}
