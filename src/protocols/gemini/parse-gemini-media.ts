import type { FieldPath } from '../../domain/error-issue.ts';
import { invalidFieldError } from '../../domain/errors.ts';
import type { InputPart } from '../../domain/request.ts';
import { fromBase64 } from '../../lib/base64-url.ts';
import type { FileData, InlineData } from './gemini-content-schemas.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Types of text that do not begin with `text/`. */
const textTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/xml',
  'application/x-javascript',
  'application/javascript',
  'application/x-python',
]);

/** Parses media by value: an image, a PDF, or a text. Throws `invalid_request` for audio, video and all else. */
export function parseGeminiInlineData({ mimeType, data, displayName }: InlineData, path: FieldPath): InputPart {
  const type = parseMediaType(mimeType);
  if (type.startsWith('image/')) {
    return { type: 'image', source: { type: 'base64', mediaType: type, data: toStandardBase64(data) } };
  }
  if (type === 'application/pdf') {
    const fileName = displayName ? { fileName: displayName } : {};
    return { type: 'document', mediaType: type, data: toStandardBase64(data), ...fileName };
  }
  if (type.startsWith('text/') || textTypes.has(type)) {
    return { type: 'text', text: decodeText(data, [...path, 'data']) };
  }
  throw invalidFieldError(
    [...path, 'mimeType'],
    `is "${type.slice(0, 64)}", which is not translated: send an image, a PDF or text`,
  );
}

/** Parses media by reference: an image by URL. Throws `invalid_request` for a file in Google's account, and for all else. */
export function parseGeminiFileData({ fileUri, mimeType }: FileData, path: FieldPath): InputPart {
  const isImage = parseMediaType(mimeType ?? '').startsWith('image/');
  if (isImage && /^https?:\/\//i.test(fileUri) && !isGoogleFile(fileUri)) {
    return { type: 'image', source: { type: 'url', url: fileUri } };
  }
  throw invalidFieldError(
    path,
    'can only be an image at a public URL: send other files, and those that were uploaded to Google, as inlineData',
  );
}

function isGoogleFile(uri: string): boolean {
  return /^https?:\/\/(?:[\w.-]+\.)?googleapis\.com\//i.test(uri);
}

/** Returns a media type in lower case and without parameters, as it is registered. */
function parseMediaType(text: string): string {
  const [type = ''] = text.toLowerCase().split(';', 1);
  return type.trim() === 'image/jpg' ? 'image/jpeg' : type.trim();
}

/** Python's client sends base64url, which other vendors refuse. */
function toStandardBase64(data: string): string {
  return /[-_]/.test(data) ? data.replaceAll('-', '+').replaceAll('_', '/') : data;
}

function decodeText(data: string, path: FieldPath): string {
  try {
    return decoder.decode(fromBase64(toStandardBase64(data)));
  } catch {
    throw invalidFieldError(path, 'must be text in UTF-8, in base64');
  }
}
