import { type AttachedImage, createImage } from './conversation.ts';

/** Of one image. Claude takes no larger ones. */
export const maxImageBytes = 5 * 1024 * 1024;

/** Of all images of a conversation as data URLs: a request has 10 MiB. */
export const maxDataUrlLength = 9 * 1024 * 1024;

const signatures: readonly (readonly [mimeType: string, pattern: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF.{4}WEBP/s],
];

/** The types that models take, for the file dialog. */
export const imageTypes = signatures.map(([mimeType]) => mimeType).join(',');

type ImageResult = { readonly image: AttachedImage } | { readonly problem: string };

/** Reads an image as a data URL. Its first bytes say what it is: its name and its type come from elsewhere. */
export async function readImage(file: File): Promise<ImageResult> {
  const name = file.name === '' ? 'image' : file.name;
  if (file.size > maxImageBytes) {
    return { problem: `${name} has ${formatMib(file.size)}. An image may have ${formatMib(maxImageBytes)}.` };
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mimeType = findImageType(bytes);
  if (mimeType === undefined) return { problem: `${name} is not a PNG, JPEG, GIF or WebP image.` };
  return { image: createImage(name, `data:${mimeType};base64,${toBase64(bytes)}`) };
}

export function findImageType(bytes: Uint8Array): string | undefined {
  const beginning = String.fromCharCode(...bytes.subarray(0, 12));
  return signatures.find(([, pattern]) => pattern.test(beginning))?.[0];
}

const blockSize = 32_768;

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += blockSize) {
    binary += String.fromCharCode(...bytes.subarray(start, start + blockSize));
  }
  return btoa(binary);
}

function formatMib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
