import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import type { CacheControl, InputPart, TextPart } from '../../domain/request.ts';
import { readParts, readPartType, rejectPart } from './content-parts.ts';
import { parseDocumentData, parseImageSource } from './parse-openai-data-url.ts';
import { parseField } from './parse-openai-field.ts';

/** A place up to which a vendor may keep a prompt: it changes no reply. */
const cacheHints = { prompt_cache_breakpoint: z.unknown().optional(), cache_control: z.unknown().optional() };

const textSchema = z.strictObject({ type: z.string(), text: z.string(), ...cacheHints });
const refusalSchema = z.strictObject({ type: z.string(), refusal: z.string() });
const imageUrlSchema = z.strictObject({
  url: z.string(),
  detail: z.literal('auto', "must be auto: no other detail can be asked of this model's provider").nullish(),
});
const imageSchema = z.strictObject({
  type: z.string(),
  // Some clients send the URL itself.
  image_url: z.preprocess((value) => (typeof value === 'string' ? { url: value } : value), imageUrlSchema),
  ...cacheHints,
});
const fileSchema = z.strictObject({
  type: z.string(),
  file: z.strictObject({
    filename: z.string().nullish(),
    file_data: z.string({ error: "is needed: files by id or URL cannot be sent to this model's provider" }),
    file_id: z
      .custom<null>((id) => id == null, "cannot be sent to this model's provider: send the file in file_data")
      .optional(),
  }),
  ...cacheHints,
});
const cacheControlSchema = z.looseObject({ ttl: z.enum(['5m', '1h']).optional() });

/** The content of a user or of a tool's result: a text, or parts with text, images and PDFs. Throws `invalid_request`. */
export function parseInputContent(content: unknown, path: FieldPath): InputPart[] {
  if (typeof content === 'string') return parseText(content);
  return readParts(content, path).map((part, index) => {
    const at = [...path, index];
    switch (readPartType(part)) {
      case 'image_url': {
        const { url } = parseField(part, imageSchema, at).image_url;
        return {
          type: 'image',
          source: parseImageSource(url, [...at, 'image_url', 'url']),
          ...parseCacheControl(part),
        };
      }
      case 'file': {
        const { filename, file_data } = parseField(part, fileSchema, at).file;
        return {
          type: 'document',
          mediaType: 'application/pdf',
          data: parseDocumentData(file_data, [...at, 'file', 'file_data']),
          ...(filename && { fileName: filename }),
          ...parseCacheControl(part),
        };
      }
      default:
        return toTextPart(part, at, ['text', 'image_url', 'file']);
    }
  });
}

/** The content of a system message: a text, or parts with text. Throws `invalid_request`. */
export function parseTextContent(content: unknown, path: FieldPath): TextPart[] {
  if (typeof content === 'string') return parseText(content);
  return readParts(content, path).map((part, index) => toTextPart(part, [...path, index], ['text']));
}

/**
 * Returns the mark of Claude's prompt cache that a message, a part or a tool carries. A mark that Claude would not take is none: it
 * changes no reply.
 */
export function parseCacheControl(value: unknown): { cacheControl?: CacheControl } {
  const mark =
    typeof value === 'object' && value !== null && 'cache_control' in value ? value.cache_control : undefined;
  if (typeof mark !== 'object' || mark === null) return {};
  const { ttl } = cacheControlSchema.safeParse(mark).data ?? {};
  return { cacheControl: ttl ? { ttl } : {} };
}

/** Marks the last part of a message whose mark stands on the message itself. */
export function markLastPart<Part extends object>(parts: readonly Part[], message: unknown): Part[] {
  const mark = parseCacheControl(message);
  return parts.map((part, index) => (index === parts.length - 1 ? { ...mark, ...part } : part));
}

/** What an assistant has said: as `parseTextContent`, and a refusal is text too. Null is nothing, as beside audio. */
export function parseAssistantContent(content: unknown, path: FieldPath): TextPart[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return parseText(content);
  return readParts(content, path).map((part, index) => {
    const at = [...path, index];
    if (readPartType(part) !== 'refusal') return toTextPart(part, at, ['text', 'refusal']);
    return { type: 'text', text: parseField(part, refusalSchema, at).refusal };
  });
}

/** A text as parts: none where it is empty. */
export function parseText(text: string): TextPart[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function toTextPart(part: unknown, path: FieldPath, types: readonly string[]): TextPart {
  if (readPartType(part) !== 'text') return rejectPart(part, path, types);
  return { type: 'text', text: parseField(part, textSchema, path).text, ...parseCacheControl(part) };
}
