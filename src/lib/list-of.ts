import * as z from 'zod';
import { requiredFieldMessage } from './required-field-message.ts';

const maxIssues = 5;

/**
 * A list that is read entry by entry, up to the first that is wrong: a body of 10 MiB has room for millions of wrong ones,
 * and a report on each of them would take all the memory of the isolate.
 */
export function listOf<T extends z.ZodType>(entry: T, error = 'must be a list', minLength = 0) {
  const isList = (value: unknown) => Array.isArray(value) && value.length >= minLength;
  return z.custom<z.input<T>[]>(isList, error).transform((values, context): z.output<T>[] => {
    const read: z.output<T>[] = [];
    for (const [index, value] of values.entries()) {
      const result = entry.safeParse(value, requiredFieldMessage);
      if (!result.success) {
        for (const issue of result.error.issues.slice(0, maxIssues)) {
          context.issues.push({ ...issue, input: value, path: [index, ...issue.path] } as z.core.$ZodRawIssue);
        }
        return z.NEVER;
      }
      read.push(result.data);
    }
    return read;
  });
}
