/** Secret scanners recognise the keys of this gateway by their prefix. */
const prefix = 'aia_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62 ** 40 is slightly more than 2 ** 238. */
const secretLength = 40;
const checksumLength = 6;

/**
 * Creates an API key: `aia_`, 40 random characters and their checksum (CRC-32 in base 62). The checksum identifies a mistyped
 * or invented key without a lookup.
 */
export function createApiKeyText(): string {
  const secret = randomCharacters(secretLength);
  return `${prefix}${secret}${checksum(secret)}`;
}

/** Returns the first characters of a key, which identify it to its owner: `aia_Ab12`. */
export function getKeyStart(key: string): string {
  return key.slice(0, prefix.length + 4);
}

interface KeyFormatOptions {
  /** Whether a text without the prefix `aia_` can be a key, such as `dev-api-key-12345`. */
  readonly allowUnprefixed: boolean;
}

/** Returns whether a text can be an API key at all: its prefix, length and checksum are correct. */
export function canBeKey(text: string, { allowUnprefixed }: KeyFormatOptions): boolean {
  if (!text.startsWith(prefix)) return allowUnprefixed;
  const secret = text.slice(prefix.length, prefix.length + secretLength);
  return text === `${prefix}${secret}${checksum(secret)}` && /^[0-9A-Za-z]{40}$/.test(secret);
}

/** Discards bytes beyond the last whole alphabet, so that all characters are equally likely. */
function randomCharacters(length: number): string {
  const maxByte = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < maxByte && text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}

function checksum(text: string): string {
  let remaining = crc32(text);
  let digits = '';
  for (let position = 0; position < checksumLength; position += 1) {
    digits = alphabet.charAt(remaining % alphabet.length) + digits;
    remaining = Math.floor(remaining / alphabet.length);
  }
  return digits;
}

/** Calculates the CRC-32 of zip and PNG (ISO 3309). It works bit by bit because keys are short. */
function crc32(ascii: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < ascii.length; index += 1) {
    crc ^= ascii.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
