import { vendorKeyPrefixes } from '../auth/vendor-keys.ts';
import { maskKeys } from '../providers/mask-account.ts';

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
  /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
];

/** What stands behind the name of a scheme: `Basic dXNlcjpwYXNz`. */
const credentials = new RegExp(
  `\\b(Bearer|Basic|Token|ApiKey)(\\s+)(?=${keyCharacter}{0,40}[\\dA-Z=])${keyCharacter}{6,}`,
  'gi',
);

/** Fields of JSON that hold a secret, also where the JSON is quoted inside a text, and lines of headers. */
const secretFields =
  /((?:authorization|(?:x-)?(?:goog-)?api[-_]?key|(?:access|refresh|auth|session|bearer)[-_]?token|(?:client|webhook|signing)[-_]?secret|secret|password|passwd|private[-_]?key|(?:set-)?cookie)\\*["']\s*:\s*\\*["'])(?:[^"'\\]|\\+[^"'\\]){1,4096}/gi;
const secretLines =
  /(\b(?:proxy-authorization|authorization|x-api-key|api-key|x-goog-api-key|set-cookie|cookie):[ \t]*)(?=\S)[^"'\\\r\n]{4,4096}/gi;

/** Masks what is a secret by its shape, its name or its scheme, and these secrets wherever they stand. */
export function maskSecretText(text: string, secrets: readonly string[]): string {
  const withoutKeys = secretShapes.reduce((masked, shape) => masked.replace(shape, mask), maskKeys(text, secrets));
  return withoutKeys
    .replace(secretFields, `$1${mask}`)
    .replace(secretLines, `$1${mask}`)
    .replace(credentials, `$1$2${mask}`);
}
