import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import { invalidFieldError } from '../../domain/errors.ts';
import { toErrorIssues } from '../../lib/parse-with-schema.ts';
import { requiredFieldMessage } from '../../lib/required-field-message.ts';

/** Throws `invalid_request` that names a parameter as OpenAI does: `messages[2].content: must be …`. */
export function throwInvalid(path: FieldPath, problem: string): never {
  throw invalidFieldError(path, problem);
}

/** Parses a value by an object schema. Throws `invalid_request` for the first thing that is wrong with it. */
export function parseField<T extends z.ZodObject>(value: unknown, schema: T, path: FieldPath): z.infer<T> {
  const result = schema.safeParse(value, requiredFieldMessage);
  if (result.success) return result.data;
  const [issue] = toErrorIssues(result.error, schema);
  if (issue === undefined) return throwInvalid(path, 'is not valid');
  return throwInvalid([...path, ...issue.path], issue.message);
}

/**
 * A list whose length is measured before any of its entries is looked at. The entries are to be parsed one by one, the
 * first wrong one ending it: a body of 10 MiB has room for millions, and a report on each would take the isolate's memory.
 */
export function parseList(value: unknown, path: FieldPath, { min = 0, max }: { min?: number; max: number }): unknown[] {
  if (Array.isArray(value) && value.length >= min && value.length <= max) return value;
  return throwInvalid(path, `must be a list of ${min > 0 ? `${min} to ${max}` : `up to ${max}`}`);
}

/** An object of any fields, such as a JSON Schema. */
export const anyObject = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

/** A value as it may stand in an error: JSON, and not much of it. */
export function quoteValue(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : typeof value;
}
