import * as z from 'zod';
import type { ResponseFormat } from '../../domain/request.ts';
import { anyObject, parseField, throwInvalid } from './parse-openai-field.ts';

const path = ['response_format'];

const typeSchema = z.looseObject({ type: z.unknown().optional() });
const plainSchema = z.strictObject({ type: z.string() });
/** Together's and Fireworks' form of a reply that fits a schema. */
const objectSchema = plainSchema.extend({ schema: anyObject.nullish() });
const jsonSchemaSchema = z.strictObject({
  type: z.string(),
  json_schema: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" and "-"'),
    description: z.string().nullish(),
    schema: anyObject,
    strict: z.boolean().nullish(),
  }),
});

/** The form that a reply is to have; absent for text, which is the form that it has anyway. Throws `invalid_request`. */
export function parseOpenAiResponseFormat(format: unknown): ResponseFormat | undefined {
  if (format === null || format === undefined) return undefined;
  const { type } = parseField(format, typeSchema, path);
  if (type === 'text') {
    parseField(format, plainSchema, path);
    return undefined;
  }
  if (type === 'json_object') {
    const { schema } = parseField(format, objectSchema, path);
    return schema ? { type: 'json_schema', name: 'response', schema } : { type };
  }
  if (type !== 'json_schema') return throwInvalid([...path, 'type'], 'must be text, json_object or json_schema');
  const { name, description, schema, strict } = parseField(format, jsonSchemaSchema, path).json_schema;
  return { type, name, schema: described(schema, description), strict: strict ?? undefined };
}

/** What a format is for can be said in its schema alone: a schema without words of its own takes those of the format. */
function described(schema: Readonly<Record<string, unknown>>, description: string | null | undefined) {
  if (!description || schema.description === description) return schema;
  if (schema.description === undefined) return { ...schema, description };
  return throwInvalid(
    [...path, 'json_schema', 'description'],
    'says other than json_schema.schema.description: send one',
  );
}
