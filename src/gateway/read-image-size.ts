export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Where a JPEG begins with a large thumbnail, its size stands far behind the first byte. In base64 characters. */
const maxHeaderLength = 256 * 1024;
const shortHeaderLength = 64;

/**
 * Reads the width and height of a PNG, GIF, WebP or JPEG image from its first bytes. Returns undefined for another format, or
 * for a JPEG whose size is not within the first 192 KiB.
 */
export function readImageSize(base64: string): ImageSize | undefined {
  const start = decodeBase64(base64.slice(0, shortHeaderLength));
  if (start === undefined) return undefined;
  if (start.getUint16(0) === 0xffd8) {
    const header = decodeBase64(base64.slice(0, maxHeaderLength));
    return header && readJpegSize(header);
  }
  return readPngSize(start) ?? readGifSize(start) ?? readWebpSize(start);
}

/** Returns undefined where it is no base64, or too short to be an image. */
function decodeBase64(text: string): DataView | undefined {
  try {
    const binary = atob(text.slice(0, text.length - (text.length % 4)));
    if (binary.length < 30) return undefined;
    return new DataView(Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer);
  } catch {
    return undefined;
  }
}

/** Source: PNG specification, 11.2.1: the header chunk is the first. */
function readPngSize(view: DataView): ImageSize | undefined {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(12) !== 0x49484452) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function readGifSize(view: DataView): ImageSize | undefined {
  if (view.getUint32(0) !== 0x47494638) return undefined;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** Source: RFC 9649, section 2: the first chunk is lossy, lossless or extended. */
function readWebpSize(view: DataView): ImageSize | undefined {
  if (view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57454250) return undefined;
  const chunk = view.getUint32(12);
  if (chunk === 0x56503820)
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === 0x5650384c) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  if (chunk !== 0x56503858) return undefined;
  return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
}

/** Returns the largest of all frame headers before the first scan, so that no second one hides a larger image. */
function readJpegSize(view: DataView): ImageSize | undefined {
  let size: ImageSize | undefined;
  for (let offset = 2; offset + 9 <= view.byteLength; ) {
    if (view.getUint8(offset) !== 0xff) return undefined;
    const marker = view.getUint8(offset + 1);
    // Fill bytes before a marker, and markers without a length.
    if (marker === 0xff) offset += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) offset += 2;
    else if (marker === 0xda) return size;
    else {
      if (isFrameHeader(marker))
        size = larger(size, { width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) });
      offset += 2 + Math.max(2, view.getUint16(offset + 2));
    }
  }
  return undefined;
}

function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function larger(left: ImageSize | undefined, right: ImageSize): ImageSize {
  return left === undefined || left.width * left.height < right.width * right.height ? right : left;
}
