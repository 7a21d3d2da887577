import type { FieldPath } from '../../domain/error-issue.ts';
import type { InputPart, ReasoningPart, TextPart } from '../../domain/request.ts';
import { readParts, readPartType, rejectPart } from './content-parts.ts';
import { filePartSchema, imagePartSchema, refusalPartSchema, textPartSchema } from './openai-responses-item-schemas.ts';
import { parseText } from './parse-openai-content.ts';
import { parseDocumentData, parseImageSource } from './parse-openai-data-url.ts';
import { parseField } from './parse-openai-field.ts';

const textTypes: readonly unknown[] = ['input_text', 'output_text', 'text'];

/** Parses the content of a user, or of a tool's result: a text, or parts with text, images and PDFs. Throws `invalid_request`. */
export function parseResponsesInputContent(content: unknown, path: FieldPath): InputPart[] {
  if (typeof content === 'string') return parseText(content);
  return readParts(content, path).map((part, index) => {
    const at = [...path, index];
    switch (readPartType(part)) {
      case 'input_image': {
        const { image_url } = parseField(part, imagePartSchema, at);
        return { type: 'image', source: parseImageSource(image_url, [...at, 'image_url']) };
      }
      case 'input_file': {
        const { filename, file_data } = parseField(part, filePartSchema, at);
        const data = parseDocumentData(file_data, [...at, 'file_data']);
        return { type: 'document', mediaType: 'application/pdf', data, ...(filename && { fileName: filename }) };
      }
      default:
        return parseTextPart(part, at, ['input_text', 'input_image', 'input_file']);
    }
  });
}

/** Parses the content of a system message: a text, or parts with text. Throws `invalid_request`. */
export function parseResponsesTextContent(content: unknown, path: FieldPath): TextPart[] {
  if (typeof content === 'string') return parseText(content);
  return readParts(content, path).map((part, index) => parseTextPart(part, [...path, index], ['input_text']));
}

/** Parses what an assistant has said. A refusal is text too. Throws `invalid_request`. */
export function parseResponsesAssistantContent(content: unknown, path: FieldPath): TextPart[] {
  if (typeof content === 'string') return parseText(content);
  return readParts(content, path).map((part, index) => {
    const at = [...path, index];
    if (readPartType(part) !== 'refusal') return parseTextPart(part, at, ['output_text', 'refusal']);
    return { type: 'text', text: parseField(part, refusalPartSchema, at).refusal };
  });
}

/** Parses reasoning that comes back. An opaque value stands for the text beside it too. */
export function parseResponsesReasoning({
  encrypted_content: opaque,
  content,
  summary,
}: {
  readonly encrypted_content?: string | null | undefined;
  readonly content?: unknown;
  readonly summary?: unknown;
}): ReasoningPart[] {
  if (opaque) return [{ type: 'reasoning', text: '', opaque }];
  const text = joinTexts(content) || joinTexts(summary);
  return text === '' ? [] : [{ type: 'reasoning', text }];
}

function joinTexts(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts.flatMap((part: unknown) => textPartSchema.safeParse(part).data?.text ?? []).join('\n\n');
}

function parseTextPart(part: unknown, path: FieldPath, types: readonly string[]): TextPart {
  if (!textTypes.includes(readPartType(part))) return rejectPart(part, path, types);
  return { type: 'text', text: parseField(part, textPartSchema, path).text };
}
