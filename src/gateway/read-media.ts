import type { ImageInput } from './estimate-image-tokens.ts';
import { readImageSize } from './read-image-size.ts';

/** An image or a file among the parts of a message. */
interface Media {
  readonly image?: ImageInput;
  /** The length of a text file. A text has at most as many tokens as bytes. */
  readonly bytes?: number;
  /** Whether the text of a file is not in the request, or cannot be read from it. */
  readonly isHidden?: boolean;
  /** The fields of the part that are measured by this. */
  readonly fields: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a part of a message in any of the protocols. Returns undefined for a part that is text alone. */
export function readMedia(part: Fields): Media | undefined {
  switch (part.type) {
    case 'image':
      return readSource(part.source, part.detail);
    case 'image_url':
    case 'input_image':
    case 'computer_screenshot':
      return readImageUrl(part);
    case 'document':
      return isObject(part.source) ? readDocument(part.source) : undefined;
    case 'item_reference':
      return { isHidden: true, fields: [] };
  }
  if (isObject(part.audio) && 'id' in part.audio) return { isHidden: true, fields: [] };
  return readFile(part);
}

/** Claude's and the gateway's own images. */
function readSource(source: unknown, detail: unknown): Media | undefined {
  if (!isObject(source)) return undefined;
  const data = source.type === 'base64' ? source.data : undefined;
  if (typeof data === 'string')
    return { image: readImage(data, detail), fields: hasOnly(source, imageSourceFields) ? ['source'] : [] };
  const isStored = source.type === 'file' && hasOnly(source, storedSourceFields);
  return { image: readImage(undefined, detail), fields: isStored ? ['source'] : [] };
}

const storedSourceFields: ReadonlySet<string> = new Set(['type', 'file_id']);
const imageSourceFields: ReadonlySet<string> = new Set(['type', 'media_type', 'mediaType', 'data']);

function hasOnly(value: Fields, names: ReadonlySet<string>): boolean {
  return Object.keys(value).every((name) => names.has(name));
}

/** OpenAI's images: `{"image_url": {"url", "detail"}}` in Chat Completions, `{"image_url", "detail"}` in Responses. */
function readImageUrl({ image_url, detail }: Fields): Media {
  const url = isObject(image_url) ? image_url.url : image_url;
  const level = isObject(image_url) ? image_url.detail : detail;
  const data = typeof url === 'string' ? /^data:image\/[a-z.+-]{1,32};base64,/i.exec(url)?.[0] : undefined;
  if (typeof url !== 'string' || data === undefined) return { image: readImage(undefined, level), fields: [] };
  const fields = !isObject(image_url) || hasOnly(image_url, imageUrlFields) ? ['image_url'] : [];
  return { image: readImage(url.slice(data.length), level), fields };
}

const imageUrlFields: ReadonlySet<string> = new Set(['url', 'detail']);

function readImage(base64: string | undefined, detail: unknown): ImageInput {
  return {
    size: base64 === undefined ? undefined : readImageSize(base64),
    detail: typeof detail === 'string' ? detail : undefined,
  };
}

function readDocument(source: Fields): Media | undefined {
  if (source.type === 'text' || source.type === 'content') return undefined;
  return { isHidden: true, fields: source.type === 'base64' ? ['source'] : [] };
}

/** OpenAI's `{"type": "file", "file": {…}}` and `{"type": "input_file", …}`, and files by id or URL wherever they stand. */
function readFile(part: Fields): Media | undefined {
  if ([part.file_id, part.file_url].some((value) => typeof value === 'string')) return { isHidden: true, fields: [] };
  if (part.type === 'video_url') return { isHidden: true, fields: [] };
  const data = part.file_data;
  if (typeof data !== 'string') return undefined;
  const isText = /^data:text\/[^,]{0,64};base64,/.test(data);
  return isText
    ? { bytes: Math.ceil((data.length * 3) / 4), fields: ['file_data'] }
    : { isHidden: true, fields: ['file_data'] };
}
