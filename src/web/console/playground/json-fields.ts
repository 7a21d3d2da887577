import type { ChatTool } from './chat-api-types.ts';
import { getMember, isRecord, type JsonRecord, toText } from './json-value.ts';

/** The value of a field with JSON, or what is wrong with it. */
export type JsonField<Value> =
  | { readonly value: Value | undefined; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/** Parses a list of tools in OpenAI's form. An empty text is none. */
export function parseTools(text: string): JsonField<readonly ChatTool[]> {
  const parsed = parseField(text);
  if (parsed.problem !== undefined) return parsed;
  const { value } = parsed;
  if (value === undefined) return { value };
  if (!Array.isArray(value)) return { problem: 'Write a list of tools: [{"type": "function", "function": {…}}].' };
  const index = value.findIndex((tool) => !isChatTool(tool));
  if (index >= 0) return { problem: `[${index}] is not {"type": "function", "function": {"name": …}}.` };
  return value.length === 0 ? { value: undefined } : { value };
}

/** Whether a value is a function in OpenAI's form. */
export function isChatTool(value: unknown): value is ChatTool {
  return getMember(value, 'type') === 'function' && toText(getMember(getMember(value, 'function'), 'name')) !== '';
}

/** Parses a JSON Schema, or a whole `response_format`. An empty text is none. */
export function parseResponseFormat(text: string): JsonField<JsonRecord> {
  const parsed = parseField(text);
  if (parsed.problem !== undefined) return parsed;
  const { value } = parsed;
  if (value === undefined) return { value };
  if (!isRecord(value)) return { problem: 'Write a JSON Schema: {"type": "object", "properties": {…}}.' };
  const isWhole = value.type === 'json_schema' || value.type === 'json_object';
  return { value: isWhole ? value : wrapSchema(value) };
}

export function wrapSchema(schema: JsonRecord): JsonRecord {
  const title = toText(schema.title).replaceAll(/[^\w-]+/g, '_');
  return { type: 'json_schema', json_schema: { name: title.slice(0, 64) || 'reply', schema } };
}

function parseField(text: string): JsonField<unknown> {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'This is not JSON.' };
  }
}
