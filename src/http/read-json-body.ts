import type * as z from 'zod';
import { GatewayError } from '../domain/errors.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';

/**
 * Reads a JSON body and parses it with a schema. Throws `invalid_request` that names each wrong field and the expected
 * value.
 */
export async function parseJsonBody<T extends z.ZodType>(
  request: { arrayBuffer(): Promise<ArrayBuffer> },
  schema: T,
): Promise<z.infer<T>> {
  return parseWithSchema((await readJsonBody(request)).value, schema);
}

/** Reads a body that is a JSON object. Returns its text as well. Throws `invalid_request`. */
export async function readJsonObject(request: {
  arrayBuffer(): Promise<ArrayBuffer>;
}): Promise<{ text: string; body: Readonly<Record<string, unknown>> }> {
  const { text, value } = await readJsonBody(request);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { text, body: value as Readonly<Record<string, unknown>> };
  }
  throw new GatewayError('invalid_request', 'The body is not a JSON object.');
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Reads a JSON body. Returns its text as well. Throws `invalid_request`. */
export async function readJsonBody(request: {
  arrayBuffer(): Promise<ArrayBuffer>;
}): Promise<{ text: string; value: unknown }> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength === 0) throw new GatewayError('invalid_request', 'The body is empty: send a JSON object.');
  try {
    const text = decoder.decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch {
    throw new GatewayError('invalid_request', 'The body is not valid JSON in UTF-8.');
  }
}
