import data from './model-facts.json' with { type: 'json' };

/**
 * What a model can do. Those from `citations` on are abilities of Claude's API: `programmaticTools` are tools that code of the
 * model calls, `contextEditing` removes old thinking and tool results.
 */
export type ModelAbility =
  | 'vision'
  | 'pdf'
  | 'tools'
  | 'structuredOutputs'
  | 'reasoning'
  | 'citations'
  | 'webSearch'
  | 'codeExecution'
  | 'programmaticTools'
  | 'contextEditing'
  | 'compaction';

/** What is known of a model beside its prices. */
export interface ModelFacts {
  /** For people: `GPT-4o mini`. */
  readonly name: string;
  /** An ISO date; absent where it is not known. */
  readonly released?: string;
  /** The most tokens of a request and its reply. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  /** `ModelAbility`. An ability that is not listed is one that the model lacks. */
  readonly abilities: readonly string[];
  /** Reasoning efforts beside `none`; absent where they are not known. */
  readonly efforts?: readonly string[];
  /** The values of `thinking.type` that a Claude model takes. */
  readonly thinking?: readonly string[];
}

/** By what the price list calls the vendor, then by the model's name without its date. */
const factsByVendor: Readonly<Record<string, Readonly<Record<string, ModelFacts>>>> = data;

/** Other names of vendors: in configuration, and before a model's name at resellers. */
const vendorAliases: Readonly<Record<string, string>> = {
  azure: 'openai',
  gemini: 'google',
  vertex: 'google',
  mistralai: 'mistral',
  moonshot: 'moonshotai',
  xai: 'x-ai',
  'z-ai': 'zai',
};

/** Longer names are no model's. */
const maxModelNameLength = 200;

/**
 * Returns what is known of a vendor's model, also where its name has the date of a version, or a vendor's name before it;
 * undefined for a model that is not known. Source of the table: models.dev (MIT), and the model pages of
 * platform.claude.com/docs and platform.openai.com/docs, November 2026.
 */
export function findModelFacts(pricingVendor: string | null, model: string): ModelFacts | undefined {
  if (pricingVendor === null || model.length > maxModelNameLength) return undefined;
  const vendor = pricingVendor.toLowerCase();
  const facts = findInTable(getTable(vendor), model.toLowerCase());
  const slash = model.indexOf('/');
  if (facts || slash < 0) return facts;
  return findModelFacts(model.slice(0, slash), model.slice(slash + 1));
}

function getTable(vendor: string): Readonly<Record<string, ModelFacts>> {
  const name = Object.hasOwn(vendorAliases, vendor) ? (vendorAliases[vendor] ?? vendor) : vendor;
  return (Object.hasOwn(factsByVendor, name) ? factsByVendor[name] : undefined) ?? {};
}

type FactsTable = ReturnType<typeof getTable>;

function findInTable(table: FactsTable, model: string): ModelFacts | undefined {
  const exact = findSpelling(table, model);
  if (exact) return exact;
  const [, family, year, month, day] = /^(.+)[-@](20\d\d)-?(\d\d)-?(\d\d)$/.exec(model) ?? [];
  if (family === undefined) {
    return findSpelling(table, model.endsWith('-latest') ? model.slice(0, -'-latest'.length) : `${model}-latest`);
  }
  const facts = findSpelling(table, family);
  if (facts?.released === undefined) return facts;
  // Some vendors write into the name when a version was made, some days before its release.
  const version = `${year}-${month}-${day}`;
  return version > facts.released ? { ...facts, released: version } : facts;
}

function findSpelling(table: FactsTable, model: string): ModelFacts | undefined {
  const name = [model, respell(model)].find((spelling) => Object.hasOwn(table, spelling));
  return name === undefined ? undefined : table[name];
}

/** Returns a model's name as its vendor writes it: resellers and price lists have `claude-4.5-opus` and `gpt-5-1`. */
function respell(model: string): string {
  return model
    .replace(/^(claude-.*\d)\.(?=\d)/, '$1-')
    .replace(/^claude-([4-9](?:-\d)?)-([a-z]+)$/, 'claude-$2-$1')
    .replace(/^claude-([a-z]+)-(3-\d)$/, 'claude-$2-$1')
    .replace(/^(claude-[a-z]+-\d)-0$/, '$1')
    .replace(/^gpt-(\d)-(?=\d(?!\d))/, 'gpt-$1.')
    .replace(/^gpt-35-/, 'gpt-3.5-');
}
