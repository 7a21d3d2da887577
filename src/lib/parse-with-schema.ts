import * as z from 'zod';
import { toDotPath } from 'zod/v4/core';
import { GatewayError } from '../domain/errors.ts';
import { sayMissing } from './required-field-message.ts';
import { suggestion } from './suggest-name.ts';

/** What a schema makes of a value. Throws `invalid_request` that names each field that is wrong and what it should be. */
export function parseValue<T extends z.ZodType>(value: unknown, schema: T): z.infer<T> {
  const result = schema.safeParse(value, sayMissing);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 5).map((issue) => describe(issue, knownNames(schema, issue.path)));
  throw new GatewayError('invalid_request', problems.join(' '));
}

function describe(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const place = issue.path.length === 0 ? 'The body' : toDotPath(issue.path);
  if (issue.code !== 'unrecognized_keys') return `${place}: ${issue.message}.`;
  const where = issue.path.length === 0 ? '' : ` in ${place}`;
  return issue.keys
    .slice(0, 5)
    .map((key) => `${JSON.stringify(key.slice(0, 64))}${where} is not a known field${suggestion(key, known)}.`)
    .join(' ');
}

/** The names of the fields that a schema has at a path. */
function knownNames(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let place: unknown = schema;
  for (const step of path) {
    const at = unwrap(place);
    if (at instanceof z.ZodArray) place = at.element;
    else if (at instanceof z.ZodObject) place = at.shape[step as string];
    else return [];
  }
  const object = unwrap(place);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.out);
  return schema;
}
