import type * as z from 'zod';

/** The message of `safeParse` for a required field that is absent, where the schema has no message of its own. */
export const requiredFieldMessage = {
  error: ({ input }) => (input === undefined ? 'is missing' : undefined),
} as const satisfies z.core.ParseContext<z.core.$ZodIssue>;
