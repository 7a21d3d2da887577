import { createHash } from 'node:crypto';
import type { ConditionalPrice, MatchLogic, ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';
import type { MatchRule, ModelData, PeriodData, PriceData, PriceText, VendorData } from '../usage/price-data.ts';

/**
 * The project's own models by vendor, which match before those of the data set: models that it lacks, or has wrong.
 * They are in `src/usage/price-overrides.json`.
 */
export type PriceOverrides = Readonly<Record<string, readonly ModelData[]>>;

const priceKeys = {
  input_mtok: 'input',
  cache_read_mtok: 'cacheRead',
  cache_write_mtok: 'cacheWrite',
  cache_write_1h_mtok: 'cacheWriteOneHour',
  input_image_mtok: 'inputImage',
  input_audio_mtok: 'inputAudio',
  output_mtok: 'output',
  output_image_mtok: 'outputImage',
  output_audio_mtok: 'outputAudio',
  output_reasoning_mtok: 'reasoning',
} as const;
/** A fee that the data set gives in dollars per thousand. */
const webSearchKey = 'web_searches_kcount';

/** Converts the data set to what pricing a request needs: match rules, and the prices of tokens and web searches. */
export function slicePrices(
  providers: readonly Provider[],
  sourceVersion: string,
  overrides: PriceOverrides,
): PriceData {
  const vendorIds = new Set(providers.map(({ id }) => id));
  const unknownId = Object.keys(overrides).find((id) => !vendorIds.has(id));
  if (unknownId !== undefined)
    throw new Error(`price overrides name "${unknownId}", which is not a vendor in the list`);
  const vendors: Record<string, VendorData> = {};
  for (const provider of providers) {
    vendors[provider.id] = {
      names: [...new Set([provider.id, ...getVendorNames(provider.provider_match)])],
      fallbacks: (provider.fallback_model_providers ?? []).filter((id) => vendorIds.has(id)),
      models: [...(overrides[provider.id] ?? []), ...provider.models.map(sliceModel)],
    };
  }
  // The version names prices, and context windows are none.
  const priced = JSON.stringify(vendors, (name, value: unknown) => (name === 'contextWindow' ? undefined : value));
  const hash = createHash('sha256').update(priced).digest('hex').slice(0, 8);
  return { version: `genai-prices-${sourceVersion}+${hash}`, vendors };
}

/** Formats the list as JSON, one model per line, so that a diff shows changes of prices. */
export function formatPrices({ version, vendors }: PriceData): string {
  const blocks = Object.entries(vendors).map(([id, { names, fallbacks, models }]) => {
    const lines = models.map((model) => `      ${JSON.stringify(model)}`).join(',\n');
    const header = `"names": ${JSON.stringify(names)}, "fallbacks": ${JSON.stringify(fallbacks)}`;
    return `    ${JSON.stringify(id)}: {\n      ${header},\n      "models": [\n${lines}\n      ]\n    }`;
  });
  return `{\n  "version": ${JSON.stringify(version)},\n  "vendors": {\n${blocks.join(',\n')}\n  }\n}\n`;
}

/**
 * Returns the names by which the data set recognises a vendor. They match whole names only: a provider named
 * `mistral-on-my-desk` is not Mistral, and an unknown price is better than a wrong one.
 */
function getVendorNames(logic: MatchLogic | undefined): string[] {
  if (logic === undefined) return [];
  if ('or' in logic) return logic.or.flatMap(getVendorNames);
  if ('equals' in logic) return [logic.equals.toLowerCase()];
  if ('contains' in logic) return [logic.contains.toLowerCase()];
  if ('starts_with' in logic) return [logic.starts_with.toLowerCase()];
  return [];
}

function sliceModel({ id, match, prices, context_window }: ModelInfo): ModelData {
  const periods = (Array.isArray(prices) ? prices : [{ prices }]).map(slicePeriod);
  // Entries without a price stay, because they keep later rules from matching. OpenRouter's `:free` variants cost nothing.
  const free = id.endsWith(':free') ? [{ input: '0', output: '0' }] : [];
  return {
    match: sliceMatch(match),
    prices: periods.some(({ input }) => input !== undefined) ? periods : free,
    ...(context_window !== undefined && { contextWindow: context_window }),
  };
}

function slicePeriod({ constraint, prices }: ConditionalPrice): PeriodData {
  const slice: Record<string, PriceText> = {};
  for (const [from, to] of Object.entries(priceKeys)) {
    const price = prices[from];
    if (price !== undefined) slice[to] = slicePrice(price);
  }
  const webSearch = prices[webSearchKey];
  if (typeof webSearch === 'number') slice.webSearch = toDecimalText(webSearch * 1000);
  if (constraint === undefined) return slice;
  switch (constraint.type) {
    case 'start_date':
      return { from: constraint.start_date, ...slice };
    case 'time_of_date':
      return {
        daily: { start: toSecondOfDay(constraint.start_time), end: toSecondOfDay(constraint.end_time) },
        ...slice,
      };
  }
}

function slicePrice(price: NonNullable<ModelPrice[string]>): PriceText {
  if (typeof price === 'number') return toDecimalText(price);
  const tiers = price.tiers.map(({ start, price }) => ({ above: start, price: toDecimalText(price) }));
  return { base: toDecimalText(price.base), tiers: tiers.sort((a, b) => a.above - b.above) };
}

/** Returns the digits of the data set: a double prints as the shortest decimal that parses to it. */
function toDecimalText(price: number): string {
  const text = String(price);
  if (!/^\d+(\.\d{1,18})?$/.test(text)) throw new RangeError(`the price ${text} has no plain decimal form`);
  return text;
}

function toSecondOfDay(time: string): number {
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d)Z$/.exec(time) ?? [];
  if (hours === undefined) throw new RangeError(`"${time}" is not a time of day in UTC`);
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function sliceMatch(logic: MatchLogic): MatchRule {
  const parts = flattenMatch(logic);
  const rule = {
    equals: parts.flatMap((part) => ('equals' in part ? part.equals.toLowerCase() : [])),
    startsWith: parts.flatMap((part) => ('starts_with' in part ? part.starts_with.toLowerCase() : [])),
    endsWith: parts.flatMap((part) => ('ends_with' in part ? part.ends_with.toLowerCase() : [])),
    contains: parts.flatMap((part) => ('contains' in part ? part.contains.toLowerCase() : [])),
    regex: parts.flatMap((part) => ('regex' in part ? part.regex : [])),
    all: parts.flatMap((part) => ('and' in part ? [part.and.map(sliceMatch)] : [])),
  };
  if (Object.values(rule).flat().length !== parts.length)
    throw new Error(`an unknown match rule: ${JSON.stringify(logic)}`);
  return Object.fromEntries(Object.entries(rule).filter(([, lines]) => lines.length > 0));
}

function flattenMatch(logic: MatchLogic): MatchLogic[] {
  return 'or' in logic ? logic.or.flatMap(flattenMatch) : [logic];
}
