import * as z from 'zod';
import { toDotPath } from 'zod/v4/core';
import { GatewayError } from '../domain/errors.ts';
import { requiredFieldMessage } from './required-field-message.ts';
import { didYouMean } from './suggest-name.ts';

/** What a schema makes of a value. Throws `invalid_request` that names each field that is wrong and what it should be. */
export function parseWithSchema<T extends z.ZodType>(value: unknown, schema: T): z.infer<T> {
  const result = schema.safeParse(value, requiredFieldMessage);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 5).map((issue) => describe(issue, knownNames(schema, issue.path)));
  throw new GatewayError('invalid_request', problems.join(' '));
}

function describe(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const path = issue.path.length === 0 ? 'The body' : toDotPath(issue.path);
  if (issue.code !== 'unrecognized_keys') return `${path}: ${issue.message}.`;
  const where = issue.path.length === 0 ? '' : ` in ${path}`;
  return issue.keys
    .slice(0, 5)
    .map((key) => `${JSON.stringify(key.slice(0, 64))}${where} is not a known field${didYouMean(key, known)}.`)
    .join(' ');
}

/** The names of the fields that a schema has at a path. */
function knownNames(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: unknown = schema;
  for (const key of path) {
    const inner = unwrap(node);
    if (inner instanceof z.ZodArray) node = inner.element;
    else if (inner instanceof z.ZodObject) node = inner.shape[key as string];
    else return [];
  }
  const object = unwrap(node);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.out);
  return schema;
}
