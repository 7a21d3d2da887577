import type * as z from 'zod';
import { GatewayError } from '../domain/errors.ts';
import type { UnambiguousFields } from '../lib/ambiguous-fields.ts';
import { parseJsonBytes } from '../lib/parse-json-bytes.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';

type RequestBody = { arrayBuffer(): Promise<ArrayBuffer> };

/**
 * Reads a JSON body and parses it with a schema. Throws `invalid_request` that names each wrong field and the expected
 * value.
 */
export async function parseJsonBody<T extends z.ZodType>(
  request: RequestBody,
  schema: T,
  fields?: UnambiguousFields,
): Promise<z.infer<T>> {
  return parseWithSchema((await readJsonBody(request, fields)).value, schema);
}

/** Reads a body that is a JSON object. Returns its text as well. Throws `invalid_request`. */
export async function readJsonObject(
  request: RequestBody,
  fields?: UnambiguousFields,
): Promise<{ text: string; body: Readonly<Record<string, unknown>> }> {
  const { text, value } = await readJsonBody(request, fields);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { text, body: value as Readonly<Record<string, unknown>> };
  }
  throw new GatewayError('invalid_request', 'The body is not a JSON object.');
}

/** Reads a JSON body, of whose `fields` none may be ambiguous. Returns its text as well. Throws `invalid_request`. */
export async function readJsonBody(
  request: RequestBody,
  fields?: UnambiguousFields,
): Promise<{ text: string; value: unknown }> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength === 0) throw new GatewayError('invalid_request', 'The body is empty: send a JSON object.');
  return await parseJsonBytes(new Uint8Array(bytes), { fields });
}
