import type * as z from 'zod';

/** For `safeParse`: what is said of a field that has to be there and is not, where the schema has no words of its own. */
export const requiredFieldMessage = {
  error: ({ input }) => (input === undefined ? 'is missing' : undefined),
} as const satisfies z.core.ParseContext<z.core.$ZodIssue>;
