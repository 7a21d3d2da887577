import * as z from 'zod';
import type { ResponseFormat } from '../../domain/request.ts';
import { anyObject, parseField, throwInvalid } from './parse-openai-field.ts';

const path = ['response_format'];

const typeSchema = z.looseObject({ type: z.unknown().optional() });
/** A schema with its name. Responses have it beside the type. */
export const namedSchema = z.strictObject({
  name: z.string().nullish(),
  description: z.string().nullish(),
  schema: anyObject.nullish(),
  strict: z.boolean().nullish(),
});
/** Together and Fireworks put a schema beside `json_object`, llama.cpp beside `json_schema`. */
const formatSchema = z.strictObject({
  type: z.string(),
  schema: anyObject.nullish(),
  json_schema: namedSchema.nullish(),
});
/** As every vendor takes it. */
const formatName = /^[a-zA-Z0-9_-]{1,64}$/;

/**
 * The form that a reply is to have; absent for text, which is the form that it has anyway. A schema counts for either type, and
 * without one any JSON object does. Throws `invalid_request`.
 */
export function parseOpenAiResponseFormat(format: unknown): ResponseFormat | undefined {
  if (format === null || format === undefined) return undefined;
  const { type } = parseField(format, typeSchema, path);
  if (type === 'text') return undefined;
  if (type !== 'json_object' && type !== 'json_schema') {
    return throwInvalid([...path, 'type'], 'must be text, json_object or json_schema');
  }
  const { schema: bare, json_schema: named } = parseField(format, formatSchema, path);
  return createJsonFormat({ ...named, schema: named?.schema ?? bare });
}

/** Creates the form of a JSON reply. Without a schema it is any JSON object. */
export function createJsonFormat({ name, description, schema, strict }: z.infer<typeof namedSchema>): ResponseFormat {
  if (!schema) return { type: 'json_object' };
  return {
    type: 'json_schema',
    name: name && formatName.test(name) ? name : 'response',
    schema: describe(schema, description),
    strict: strict ?? undefined,
  };
}

/** Other vendors take a description in the schema only. One that is there stays. */
function describe(schema: Readonly<Record<string, unknown>>, description: string | null | undefined) {
  return description && schema.description === undefined ? { ...schema, description } : schema;
}
