import * as z from 'zod';
import type { ErrorIssue, FieldPath } from '../domain/error-issue.ts';
import { GatewayError } from '../domain/errors.ts';
import { requiredFieldMessage } from './required-field-message.ts';
import { didYouMean } from './suggest-name.ts';

const maxIssues = 5;
const maxUnknownFields = 5;
const maxNameLength = 64;

/** Parses a value by a schema. Throws `invalid_request` that names each field that is wrong and what it should be. */
export function parseWithSchema<T extends z.ZodType>(value: unknown, schema: T): z.infer<T> {
  const result = schema.safeParse(value, requiredFieldMessage);
  if (result.success) return result.data;
  throw new GatewayError('invalid_request', toErrorIssues(result.error, schema));
}

/** Converts the issues of a schema: the first five, and the first five unknown fields of each object. */
export function toErrorIssues({ issues }: z.ZodError, schema: z.ZodType): ErrorIssue[] {
  return issues.slice(0, maxIssues).flatMap((issue): ErrorIssue[] => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    const fieldNames = findFieldNames(schema, path);
    return issue.keys.slice(0, maxUnknownFields).map((key) => ({
      path: [...path, key.slice(0, maxNameLength)],
      message: `is not a known field${didYouMean(key, fieldNames)}`,
    }));
  });
}

/** Returns the names of the fields that a schema has at a path. */
function findFieldNames(schema: z.ZodType, path: FieldPath): string[] {
  let node: unknown = schema;
  for (const key of path) {
    const inner = unwrap(node);
    if (inner instanceof z.ZodArray) node = inner.element;
    else if (inner instanceof z.ZodObject) node = inner.shape[key];
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
