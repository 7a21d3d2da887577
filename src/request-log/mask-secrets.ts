import { vendorKeyPrefixes } from '../auth/vendor-keys.ts';
import { maskKeys } from '../providers/mask-account.ts';
import { maskSecretFields } from './mask-secret-fields.ts';

const mask = '[redacted]';

const escaped = vendorKeyPrefixes.map((prefix) => prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
/** What a key is made of. JSON may write a slash as `\/`. */
const keyCharacter = '(?:[\\w.~+=-]|\\\\?/)';

/** Secrets by their shapes: keys of this gateway and its webhook secrets, keys of vendors, JSON Web Tokens and private keys. */
const secretShapes: readonly RegExp[] = [
  /\baia_[0-9A-Za-z]{4,}/g,
  new RegExp(`\\bwhsec_${keyCharacter}{4,}`, 'g'),
  // A word with hyphens has no digit.
  new RegExp(`(?<![\\w-])(?:${escaped.join('|')})(?=${keyCharacter}{0,40}\\d)${keyCharacter}{12,}`, 'g'),
  // Near the beginning of a word only: each `eyJ` of a long word without a dot would be compared to the end of the word.
  /(?<=(?<![\w-])(?:[\w-]{0,64}-)?)eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-(?!----)[^-]*)*(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/g,
];

/** What stands behind the name of a scheme: `Basic dXNlcjpwYXNz`. A word of lower-case letters is none. */
const credentials = new RegExp(
  `\\b([Bb]earer|BEARER|[Bb]asic|BASIC|[Tt]oken|TOKEN|[Aa]pi[Kk]ey|APIKEY)(\\s+)(?=${keyCharacter}{0,40}[\\dA-Z=])${keyCharacter}{6,}`,
  'g',
);

/** Lines of headers that hold a secret. */
const secretLines =
  /(\b(?:proxy-authorization|authorization|x-api-key|api-key|x-goog-api-key|set-cookie|cookie):[ \t]*)(?=\S)[^"'\\\r\n]{4,}/gi;

/** Masks what is a secret by its shape, its name or its scheme, and these secrets wherever they stand. */
export function maskSecretText(text: string, secrets: readonly string[]): string {
  return withoutEscapes(text, (plain) => maskPlainText(plain, secrets));
}

/** Masks the same in a text that hides nothing behind escapes. */
export function maskPlainText(text: string, secrets: readonly string[]): string {
  const withoutKeys = secretShapes.reduce((masked, shape) => masked.replace(shape, mask), maskKeys(text, secrets));
  return maskSecretFields(withoutKeys, mask).replace(secretLines, `$1${mask}`).replace(credentials, `$1$2${mask}`);
}

/** Masks a text without the escapes that JSON does not need, which may hide a secret. One without secrets stays as it is. */
export function withoutEscapes(text: string, maskText: (plain: string) => string): string {
  const plain = removeNeedlessEscapes(text);
  const masked = maskText(plain);
  return masked === plain ? text : masked;
}

/** Writes ASCII without escapes, also in JSON that is quoted inside JSON: `\u0073k-` is `sk-`, `\/` is `/`, `\u0022` is `\"`. */
function removeNeedlessEscapes(text: string): string {
  return text.replace(
    /(?<!\\)(\\+)(?:u00([2-6][\da-f]|7[\da-e])|\/)/gi,
    (_, slashes: string, code: string | undefined) =>
      writeCharacter(slashes.length, code === undefined ? '/' : String.fromCharCode(Number.parseInt(code, 16))),
  );
}

/** Writes a character that has so many backslashes before it. Half of an even number are in the text that the JSON quotes. */
function writeCharacter(slashes: number, character: string): string {
  if (slashes % 2 === 0) return JSON.stringify(writeCharacter(slashes / 2, character)).slice(1, -1);
  return '\\'.repeat(slashes - 1) + JSON.stringify(character).slice(1, -1);
}
