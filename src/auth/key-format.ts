/** Scanners for leaked secrets know our keys by this. */
const prefix = 'aia_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62 ** 40 is a little more than 2 ** 238. */
const secretLength = 40;
const checksumLength = 6;

/**
 * A new API key: `aia_`, 40 random characters, and a checksum of them (CRC-32 in base 62), which tells a mistyped or an
 * invented key from an unknown one without any look-up.
 */
export function createApiKeyText(): string {
  const secret = randomCharacters(secretLength);
  return `${prefix}${secret}${checksum(secret)}`;
}

/** The first characters of a key, by which its owner knows it: `aia_Ab12`. */
export function getKeyStart(key: string): string {
  return key.slice(0, prefix.length + 4);
}

interface KeyFormatOptions {
  /** Whether a text that does not begin like our keys may be one all the same, as the key `dev-api-key-12345` is. */
  readonly allowUnprefixed: boolean;
}

/** Whether a text can be an API key at all. */
export function canBeKey(text: string, { allowUnprefixed }: KeyFormatOptions): boolean {
  if (!text.startsWith(prefix)) return allowUnprefixed;
  const secret = text.slice(prefix.length, prefix.length + secretLength);
  return text === `${prefix}${secret}${checksum(secret)}` && /^[0-9A-Za-z]{40}$/.test(secret);
}

/** Every character is as likely as any other: bytes beyond the last whole alphabet are thrown away. */
function randomCharacters(length: number): string {
  const bound = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < bound && text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < checksumLength; place += 1) {
    digits = alphabet.charAt(rest % alphabet.length) + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}

/** The CRC of zip and PNG (ISO 3309), bit by bit: keys are short. */
function crc32(ascii: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < ascii.length; index += 1) {
    crc ^= ascii.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
