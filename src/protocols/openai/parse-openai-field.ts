import * as z from 'zod';
import { toDotPath } from 'zod/v4/core';
import { GatewayError } from '../../domain/errors.ts';
import { requiredFieldMessage } from '../../lib/required-field-message.ts';
import { didYouMean } from '../../lib/suggest-name.ts';

/** Where in a request body a value stands: `['messages', 2, 'content']`. Empty for the body itself. */
export type Path = readonly PropertyKey[];

/** Throws `invalid_request` that names a parameter as OpenAI does: `messages[2].content: must be …`. */
export function throwInvalid(path: Path, fault: string): never {
  throw new GatewayError('invalid_request', `${path.length === 0 ? 'The body' : toDotPath([...path])}: ${fault}.`);
}

/** What an object schema makes of a value. Throws `invalid_request` for the first thing that is wrong with it. */
export function parseField<T extends z.ZodObject>(value: unknown, schema: T, path: Path): z.infer<T> {
  const result = schema.safeParse(value, requiredFieldMessage);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue === undefined) return throwInvalid(path, 'is not valid');
  const issuePath = [...path, ...issue.path];
  if (issue.code !== 'unrecognized_keys') return throwInvalid(issuePath, issue.message);
  const key = (issue.keys[0] ?? '').slice(0, 64);
  return throwInvalid([...issuePath, key], `is not a known field${didYouMean(key, knownNames(schema, issue.path))}`);
}

/**
 * A list whose length is measured before any of its entries is looked at. The entries are to be parsed one by one, the
 * first wrong one ending it: a body of 10 MiB has room for millions, and a report on each would take the isolate's memory.
 */
export function parseList(value: unknown, path: Path, { min = 0, max }: { min?: number; max: number }): unknown[] {
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

function knownNames(schema: z.ZodObject, path: Path): string[] {
  let node: unknown = schema;
  for (const key of path) node = unwrap(node instanceof z.ZodObject ? node.shape[key as string] : undefined);
  return node instanceof z.ZodObject ? Object.keys(node.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? unwrap(schema.unwrap()) : schema;
}
