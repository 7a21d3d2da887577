import * as z from 'zod';
import type { Database } from '../db/client.ts';
import { insertPriceOverride, insertPriceRemoval } from '../db/queries/price-overrides.ts';
import type { AuditActor } from '../domain/audit.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findProvider, type ProviderNames } from '../domain/find-provider.ts';
import { newId } from '../domain/ids.ts';
import type { PriceOverride } from '../domain/price-override.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import type { PriceBook } from './price-book.ts';
import type { PricedProvider } from './price-source.ts';
import { isFree } from './price-usage.ts';

interface SetPriceDependencies {
  readonly database: Database;
  readonly prices: Pick<PriceBook, 'reload'>;
  /** The providers that can be named. */
  readonly providers: Providers;
  readonly actor: AuditActor;
}

type Providers = readonly (ProviderNames & PricedProvider)[];

const priceMessage =
  'must be dollars per million tokens as a decimal text such as "0.15": 0 to 1000000, with at most 12 digits after the point';
const priceSchema = z.string(priceMessage).regex(/^(\d{1,6}(\.\d{1,12})?|1000000(\.0{1,12})?)$/, priceMessage);
const optionalPriceSchema = priceSchema.nullish().transform((text) => text ?? undefined);

const pricesShape = {
  input: priceSchema,
  output: optionalPriceSchema,
  cacheRead: optionalPriceSchema,
  cacheWrite: optionalPriceSchema,
  cacheWriteOneHour: optionalPriceSchema,
  reasoning: optionalPriceSchema,
};
const modelSchema = z
  .string('must be the name of a model')
  .trim()
  .regex(/^[\x20-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters')
  .toLowerCase();

/** Turns an alias into the provider's id. An unknown name passes. */
function createModelPlaceSchema(providers: Providers) {
  const isFreeProvider = (id: string) => providers.some((provider) => provider.id === id && isFree(provider));
  return z.strictObject({
    provider: z
      .string('must be the id of a provider')
      .transform((name) => findProvider(providers, name)?.id ?? name)
      .refine((id) => !isFreeProvider(id), 'calls to this provider cost nothing, and no price can be set for them'),
    model: modelSchema,
  });
}

/**
 * Sets the prices of a provider's model for calls that begin from now on; earlier ones keep theirs. The price list no longer
 * counts for that model, not even for a kind of token that is left out. Throws `invalid_request`.
 */
export async function setPrice(
  { database, prices, providers, actor }: SetPriceDependencies,
  input: unknown,
): Promise<PriceOverride> {
  const schema = createModelPlaceSchema(providers).extend(pricesShape);
  const { provider, model, ...modelPrices } = parseWithSchema(input, schema);
  if (!providers.some(({ id }) => id === provider)) {
    const ids = providers.flatMap((entry) => (isFree(entry) ? [] : [entry.id]));
    const hint = didYouMean(provider, ids) || `: use one of ${ids.join(', ')}`;
    throw invalidFieldError(['provider'], `"${provider.slice(0, 64)}" is unknown${hint}`);
  }
  const row = { id: newId('prc'), provider, model, prices: modelPrices };
  const override = await insertPriceOverride(database, row, actor);
  if (!override) throw new GatewayError('internal');
  await prices.reload();
  return override;
}

/** Lets the price list hold again for calls that begin from now on. Throws `not_found` where no price is set. */
export async function unsetPrice(
  { database, prices, providers, actor }: SetPriceDependencies,
  input: unknown,
): Promise<PriceOverride> {
  const { provider, model } = parseWithSchema(input, createModelPlaceSchema(providers));
  const removal = await insertPriceRemoval(database, { id: newId('prc'), provider, model }, actor);
  if (!removal) throw new GatewayError('not_found', `No price is set for the model "${model}" of "${provider}".`);
  await prices.reload();
  return removal;
}
