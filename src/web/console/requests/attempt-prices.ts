import { formatDollars } from '../ui/format.ts';
import type { ListedPricesQuery, SetPricesQuery } from './requests.generated.ts';

interface PricedAttempt {
  readonly provider: string;
  readonly model: string;
  readonly reportedModel: string | null;
  readonly priceVersion: string | null;
}

/** A price that an administrator has set, in dollars per million tokens. */
type SetPrice = Extract<SetPricesQuery['nodes'][number], { readonly input: unknown }>;

/** The prices that attempts may have. */
export interface AttemptPrices {
  /** Those of the versions that attempts name. */
  readonly set: readonly SetPrice[];
  /** Those of today: GraphQL has no earlier versions of the price list. */
  readonly listed: ListedPricesQuery['providers'];
}

/** The versions of prices that are no prices. */
const otherVersions: ReadonlyMap<string, string> = new Map([
  ['free', 'Free'],
  ['cache', 'Answered by an earlier reply'],
]);

/** Whether a price comes from the price list. */
export function isListedPrice(version: string | null): boolean {
  return version !== null && !otherVersions.has(version) && !isSetPrice(version);
}

/** Whether a price was set in the gateway: its version is the id of the change. */
export function isSetPrice(version: string | null): version is string {
  return version?.startsWith('prc_') ?? false;
}

/** Describes the price of an attempt: its version, and what a million tokens cost where that is there. */
export function describePrice({ priceVersion, ...attempt }: PricedAttempt, prices: AttemptPrices): string {
  if (priceVersion === null) return 'The price is not known';
  const other = otherVersions.get(priceVersion);
  if (other !== undefined) return other;
  const set = prices.set.find(({ id }) => id === priceVersion);
  if (set) return `${formatUnitPrices(set)} (${priceVersion})`;
  const listed = isSetPrice(priceVersion) ? undefined : findListed(attempt, prices.listed);
  return listed ? `${priceVersion}; today ${formatUnitPrices(listed)}` : priceVersion;
}

function findListed(
  { provider, model, reportedModel }: Omit<PricedAttempt, 'priceVersion'>,
  listed: AttemptPrices['listed'],
) {
  const models = listed.find(({ id }) => id === provider)?.models ?? [];
  const found = models.find(({ id }) => id === model) ?? models.find(({ id }) => id === reportedModel);
  if (!found || found.inputPrice === null) return undefined;
  const { inputPrice, outputPrice, cacheReadPrice, cacheWritePrice } = found;
  return { input: inputPrice, output: outputPrice, cacheRead: cacheReadPrice, cacheWrite: cacheWritePrice };
}

type UnitPrices = Readonly<Record<'input' | 'output' | 'cacheRead' | 'cacheWrite', string | number | null>>;

function formatUnitPrices({ input, output, cacheRead, cacheWrite }: UnitPrices): string {
  const prices = Object.entries({ in: input, out: output, 'cache read': cacheRead, 'cache write': cacheWrite });
  const texts = prices.flatMap(([name, price]) => (price === null ? [] : `${formatDollars(Number(price))} ${name}`));
  return `${texts.join(', ')} per million tokens`;
}
