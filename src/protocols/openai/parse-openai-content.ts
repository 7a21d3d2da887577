import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import type { ImagePart, TextPart } from '../../domain/request.ts';
import { parseField, parseList, quoteValue, throwInvalid } from './parse-openai-field.ts';
import { parseImageSource } from './parse-openai-image-source.ts';

/** A place up to which a vendor may keep a prompt: it changes no reply. */
const cacheHint = { prompt_cache_breakpoint: z.unknown().optional() };

const textSchema = z.strictObject({ type: z.string(), text: z.string(), ...cacheHint });
const refusalSchema = z.strictObject({ type: z.string(), refusal: z.string() });
const imageSchema = z.strictObject({
  type: z.string(),
  image_url: z.strictObject({
    url: z.string(),
    detail: z.literal('auto', "must be auto: no other detail can be asked of this model's provider").nullish(),
  }),
  ...cacheHint,
});

const maxParts = 10_000;

/** The content of a user: a text, or parts with text and images. Throws `invalid_request`. */
export function parseUserContent(content: unknown, path: FieldPath): (TextPart | ImagePart)[] {
  if (typeof content === 'string') return parseText(content);
  return partsOf(content, path).map((part, index) => {
    const at = [...path, index];
    if (typeOf(part) !== 'image_url') return toTextPart(part, at, ['text', 'image_url']);
    const { url } = parseField(part, imageSchema, at).image_url;
    return { type: 'image', source: parseImageSource(url, [...at, 'image_url', 'url']) };
  });
}

/** The content of a system message or of a tool's result: a text, or parts with text. Throws `invalid_request`. */
export function parseTextContent(content: unknown, path: FieldPath): TextPart[] {
  if (typeof content === 'string') return parseText(content);
  return partsOf(content, path).map((part, index) => toTextPart(part, [...path, index], ['text']));
}

/** What an assistant has said: as `toTextContent`, and a refusal is text too. Null is nothing. */
export function parseAssistantContent(content: unknown, path: FieldPath): TextPart[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return parseText(content);
  return partsOf(content, path).map((part, index) => {
    const at = [...path, index];
    if (typeOf(part) !== 'refusal') return toTextPart(part, at, ['text', 'refusal']);
    return { type: 'text', text: parseField(part, refusalSchema, at).refusal };
  });
}

/** A text as parts: none where it is empty. */
export function parseText(text: string): TextPart[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function partsOf(content: unknown, path: FieldPath): unknown[] {
  if (!Array.isArray(content)) return throwInvalid(path, 'must be a string or a list of parts');
  return parseList(content, path, { min: 1, max: maxParts });
}

function typeOf(part: unknown): unknown {
  return typeof part === 'object' && part !== null && 'type' in part ? part.type : undefined;
}

function toTextPart(part: unknown, path: FieldPath, types: readonly string[]): TextPart {
  const type = typeOf(part);
  if (type !== 'text') {
    const fault = type === undefined ? 'is missing' : `${quoteValue(type)} cannot be sent here`;
    return throwInvalid([...path, 'type'], `${fault}: send ${types.join(' or ')}`);
  }
  return { type: 'text', text: parseField(part, textSchema, path).text };
}
