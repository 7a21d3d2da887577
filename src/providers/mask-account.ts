import { isJson } from '../lib/is-json.ts';

const mask = '[redacted]';

/** The part of a key behind its prefix, also where the vendor has shortened it: `sk-proj-abcd****wxyz`, `gsk_ab…yz`. */
const keyBody = '(?:[\\w*-]|[.…]+(?=[\\w*]))';

/**
 * The API keys of vendors by their shapes: OpenAI, Anthropic, DeepSeek, OpenRouter and others (`sk-`), Groq, Google, xAI, Hugging
 * Face, NVIDIA, Perplexity, Cerebras, Fireworks, Replicate, Together, Moonshot, Anyscale, AWS, Zhipu; and bearer tokens.
 */
const keyShapes = new RegExp(
  [
    `\\b(?:sk[-_]|gsk_|xai-|hf_|nvapi-|pplx-|csk-|fw_|r8_|tgp_|ak-|esecret_)${keyBody}{4,}`,
    `\\bAIza${keyBody}{6,}`,
    '\\b(?:AKIA|ASIA)[A-Z0-9]{12,}',
    '\\bya29\\.[\\w.-]{6,}',
    '\\b[0-9a-f]{32}\\.\\w{16}\\b',
    '(?<=\\bBearer )[\\w.~+/*-]{8,}=*',
  ].join('|'),
  'g',
);

/** The ids of organizations, projects, workspaces, accounts and users of OpenAI, Groq, Anthropic, Moonshot and OpenRouter. */
const accountIds =
  /\borg-(?!(?:level|wide|specific|scoped)\b)[\w-]{3,}|\borg_(?!(?:id|name)\b)\w{3,}|\bproj[-_](?!(?:id|name)\b)[\w-]{3,}|\bwrkspc[-_]\w{3,}|\bacct[-_]\w{3,}|\buser[-_][A-Za-z0-9]{20,}|(?<=\bprojects\/)[\w-]+|(?<=\bproject_number:)\d+/g;

const account = "\\b(?:organi[sz]ation|org|project|workspace|team|account)(?:'s)?(?: (?:id|name|number|named))?";

/** What names an account by the words before it, with the names of people and companies among them. */
const namedAccounts: readonly RegExp[] = [
  // `organization "Acme Inc"`, `organization (e3b0c442-…)`
  new RegExp(`(${account}(?:[:=]? |[:=])["'\`(])(?!see |https?:)[^"'\`()]{1,100}(?=["'\`)])`, 'gi'),
  // `in organization Acme Inc on tokens per min`
  new RegExp(
    `(\\b(?:in|for|of|by|to) ${account} )(?!["'\`(\\[]|on |has |is |does |settings|must )[^.,;:\\n]{1,80}?(?= (?:on|for|has|is|does|service|exceeded|reached) |[.,;:\\n]|$)`,
    'gi',
  ),
  // `Organization: Acme Inc`
  new RegExp(`(${account}[:=] ?)(?!["'\`(\\[ ])[^.,;)\\n]{1,100}`, 'gi'),
  // `team 7b5b6fc2-…`, `team/7b5b6fc2-…`: an id is long and has a digit.
  new RegExp(`(${account}[ /])(?=[\\w-]*\\d)[\\w-]{8,}`, 'gi'),
];

/** Fields of JSON that is quoted inside a text: `{\"organization_id\": \"acme\"}`. */
const quotedFields =
  /((?:\borg(?:ani[sz]ation)?|project|workspace|team|account|api[-_]?key)(?:[-_]?(?:id|name|number|slug|uuid))?\\*["']\s*:\s*\\*["'])[^"'\\]{1,200}/gi;

/** Fields that name an account or hold a key, in any spelling: `organization_id`, `projectName`. */
const accountFields =
  /^(?:openai[-_])?(?:org(?:ani[sz]ation)?|project|workspace|team|account|consumer)[-_ ]?(?:id|name|number|slug|uuid)?$|^user[-_]?id$|^(?:x-)?api[-_]?key$|^(?:authorization|access[-_]?token|secret)$/i;

const maxNestedJson = 3;

/**
 * Masks what identifies the operator's account in a vendor's text: API keys, and the ids and names of organizations, projects and
 * the like. `secrets` are masked wherever they stand.
 */
export function maskAccountText(text: string, secrets: readonly string[]): string {
  const withoutIds = maskKeys(text, secrets).replace(accountIds, mask).replace(quotedFields, `$1${mask}`);
  return namedAccounts.reduce((masked, pattern) => masked.replace(pattern, `$1${mask}`), withoutIds);
}

/** Masks these secrets, and all that has the shape of an API key. */
export function maskKeys(text: string, secrets: readonly string[]): string {
  return maskSecrets(text, secrets).replace(keyShapes, mask);
}

/** Masks these secrets wherever they stand. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => (secret === '' ? masked : masked.replaceAll(secret, mask)), text);
}

/**
 * Masks the same in the strings of a JSON text, and the values of fields that name an account. Every other byte stays as it is, so
 * that clients get the vendor's own error.
 */
export function maskAccountJson(json: string, secrets: readonly string[], depth = 0): string {
  /** For each open object or list: whether all that is in it names an account. */
  const masksAll: boolean[] = [];
  let masksNext = false;
  return json.replace(/("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|[{}[\]]/g, (token, literal?: string, colon = '') => {
    const isInside = masksAll.at(-1) ?? false;
    if (token === '{' || token === '[') masksAll.push(isInside || masksNext);
    else if (token === '}' || token === ']') masksAll.pop();
    else if (literal === undefined) return isInside || masksNext ? 'null' : token;
    else if (colon === '') return isInside || masksNext ? `"${mask}"` : maskLiteral(literal, secrets, depth);
    // A name that stands before an object or a list holds for all of it.
    masksNext = colon !== '' && literal !== undefined && accountFields.test(String(JSON.parse(literal)));
    return token;
  });
}

/** Some vendors and proxies quote the error of another as a string. */
function maskLiteral(literal: string, secrets: readonly string[], depth: number): string {
  const text = String(JSON.parse(literal));
  const isNested = depth < maxNestedJson && /^\s*[{[]/.test(text) && isJson(text);
  const masked = isNested ? maskAccountJson(text, secrets, depth + 1) : maskAccountText(text, secrets);
  return masked === text ? literal : JSON.stringify(masked);
}
