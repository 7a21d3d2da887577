import type { FieldPath } from '../../domain/error-issue.ts';
import type { ImagePart } from '../../domain/request.ts';
import { throwInvalid } from './parse-openai-field.ts';

/**
 * Parses an image of a request: a web address, or the image itself as `data:image/png;base64,…`. Throws `invalid_request` for anything
 * else. The data is searched and not matched, since it may be all of a body of 10 MiB.
 */
export function parseImageSource(url: string, path: FieldPath): ImagePart['source'] {
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return { type: 'url', url };
  if (!/^data:/i.test(url))
    return throwInvalid(path, 'must be an http or https URL, or the image as data:image/…;base64,…');
  const comma = url.indexOf(',');
  const [mediaType = '', ...parameters] = url.slice(5, Math.max(comma, 5)).toLowerCase().split(';');
  if (!/^image\/[\w.+-]{1,64}$/.test(mediaType) || parameters.at(-1)?.trim() !== 'base64') {
    return throwInvalid(path, 'must begin with data:image/…;base64, where it holds the image itself');
  }
  const data = url.slice(comma + 1);
  if (data === '' || /[^A-Za-z0-9+/=]/.test(data)) return throwInvalid(path, 'must hold the image in plain base64');
  // The name that many write for it, and that no vendor but OpenAI takes.
  return { type: 'base64', mediaType: mediaType === 'image/jpg' ? 'image/jpeg' : mediaType, data };
}

/**
 * A PDF of a request, `data:application/pdf;base64,…` or the base64 itself, as base64. Throws `invalid_request` for other types.
 */
export function parseDocumentData(text: string, path: FieldPath): string {
  const isUrl = /^data:/i.test(text);
  if (isUrl && !/^data:application\/pdf;base64,/i.test(text.slice(0, 64))) {
    return throwInvalid(
      path,
      'must be a PDF, as data:application/pdf;base64,…: no other file can be sent to this provider',
    );
  }
  const data = isUrl ? text.slice(text.indexOf(',') + 1) : text;
  if (data === '' || /[^A-Za-z0-9+/=]/.test(data)) return throwInvalid(path, 'must hold the PDF in plain base64');
  return data;
}
