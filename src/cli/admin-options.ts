import { parseArgs } from 'node:util';
import { StartError } from '../dev/start-error.ts';
import { didYouMean } from '../lib/suggest-name.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
/** The options of all commands. */
const options = {
  rpm: text,
  tpm: text,
  concurrency: text,
  'daily-budget': text,
  'monthly-budget': text,
  'end-user-rpm': text,
  'end-user-tpm': text,
  'end-user-concurrency': text,
  'end-user-daily-budget': text,
  'end-user-monthly-budget': text,
  'require-end-user': flag,
  name: text,
  scopes: text,
  providers: text,
  models: text,
  model: text,
  'expires-in': text,
  overlap: text,
  tenant: text,
  key: text,
  'end-user': text,
  session: text,
  status: text,
  route: text,
  provider: text,
  'error-code': text,
  tag: text,
  source: text,
  'min-total-ms': text,
  format: text,
  'webhook-url': text,
  'tag-names': text,
  'keep-bodies': text,
  'near-limit': text,
  by: text,
  order: text,
  subject: text,
  actor: text,
  action: text,
  since: text,
  until: text,
  limit: text,
  out: text,
  input: text,
  output: text,
  'cache-read': text,
  'cache-write': text,
  'cache-write-one-hour': text,
  reasoning: text,
  admin: flag,
  strict: flag,
  'store-responses': flag,
  off: flag,
  'fell-back': flag,
  drop: flag,
  'dry-run': flag,
  json: flag,
} as const;

export type OptionName = keyof typeof options;

/** The options of a command line, as text. */
export type AdminOptions = ReturnType<typeof parseCommandLine>['values'];

/** What stands behind an option in the usage, where its name does not say it. */
const valueNames: Readonly<Partial<Record<OptionName, string>>> = {
  'daily-budget': 'DOLLARS',
  'monthly-budget': 'DOLLARS',
  'end-user-daily-budget': 'DOLLARS',
  'end-user-monthly-budget': 'DOLLARS',
  name: 'NAME',
  scopes: 'chat,jobs,read,admin',
  providers: 'A,B',
  models: 'A,B',
  model: 'MODEL',
  'expires-in': 'DAYS',
  overlap: 'SECONDS',
  tenant: 'TENANT',
  key: 'ID',
  'end-user': 'ID',
  session: 'ID',
  status: 'STATUS',
  route: 'NAME',
  provider: 'NAME',
  'error-code': 'CODE',
  tag: 'NAME=VALUE',
  source: 'SOURCE',
  'min-total-ms': 'MS',
  format: 'csv|ndjson',
  'webhook-url': 'URL',
  'tag-names': 'A,B',
  'keep-bodies': 'none|errors|all',
  'near-limit': 'PERCENT',
  by: 'A,B',
  order: 'ORDER',
  subject: 'ID',
  actor: 'KEY_ID',
  action: 'ACTION',
  since: 'TIME',
  until: 'TIME',
  out: 'DIR',
  input: 'DOLLARS',
  output: 'DOLLARS',
  'cache-read': 'DOLLARS',
  'cache-write': 'DOLLARS',
  'cache-write-one-hour': 'DOLLARS',
  reasoning: 'DOLLARS',
};

/** Formats an option for the usage: `[--overlap SECONDS]`. */
export function formatOption(name: OptionName): string {
  return options[name].type === 'boolean' ? `[--${name}]` : `[--${name} ${valueNames[name] ?? 'N'}]`;
}

/** Parses a command line. Throws a StartError for an unknown option, which names the nearest. `--no-strict` is `strict: false`. */
export function parseCommandLine(args: readonly string[]) {
  checkNames(args);
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, allowNegative: true });
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

function checkNames(args: readonly string[]): void {
  for (const arg of args) {
    if (arg === '--') return;
    const [, name = ''] = /^--([^=]+)/.exec(arg) ?? [];
    const positive = name.replace(/^no-/, '');
    if (name === '' || Object.hasOwn(options, name) || Object.hasOwn(options, positive)) continue;
    const names = Object.keys(options).map((option) => `--${option}`);
    throw new StartError(`There is no option "--${name}"${didYouMean(`--${name}`, names) || '.'}`);
  }
}

type NumberOption =
  | 'expires-in'
  | 'overlap'
  | 'limit'
  | 'near-limit'
  | 'min-total-ms'
  | LimitOption
  | `end-user-${LimitOption}`;

/**
 * Parses the number of an option; undefined without the option. Throws a StartError for a text that is not a number.
 */
export function parseNumber(values: AdminOptions, name: NumberOption) {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new StartError(`--${name} must be a number.`);
}

const limitFields = {
  rpm: 'requestsPerMinute',
  tpm: 'tokensPerMinute',
  concurrency: 'concurrency',
  'daily-budget': 'dailyBudget',
  'monthly-budget': 'monthlyBudget',
} as const;

type LimitOption = keyof typeof limitFields;

const limitNames = Object.keys(limitFields) as LimitOption[];
/** The options that set limits. */
export const limitOptions: readonly OptionName[] = [
  ...limitNames,
  ...limitNames.map((name) => `end-user-${name}` as const),
  'require-end-user',
];

/** Parses the limits that the options set, or those that each end user has; `none` is null. */
export function parseLimits(
  values: AdminOptions,
  prefix: '' | 'end-user-' = '',
): Record<string, number | null | undefined> {
  return Object.fromEntries(
    limitNames.map((name) => {
      const option = `${prefix}${name}` as const;
      return [limitFields[name], values[option] === 'none' ? null : parseNumber(values, option)];
    }),
  );
}

/** Parses the options about end users. */
export function parseEndUserFields(values: AdminOptions) {
  return { endUserLimits: parseLimits(values, 'end-user-'), requireEndUser: values['require-end-user'] };
}

/** Parses an option with several names, separated by commas: null for `any`, undefined without the option. */
export function parseList(value: string | undefined): string[] | null | undefined {
  return value === 'any' ? null : value?.split(',').map((name) => name.trim());
}
