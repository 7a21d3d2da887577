import { listPriceOverrides } from '../db/queries/price-overrides.ts';
import type { PriceOverride } from '../domain/price-override.ts';
import { setPrice, unsetPrice } from '../usage/set-price.ts';
import type { AdminCommands, AdminDependencies, AdminResult } from './admin-command.ts';
import { formatTable } from './format-table.ts';

const maxRows = 1000;
const appliesMessage = 'It applies to requests that begin from now on, everywhere within 20 seconds.';

/** The commands for prices. Prices are dollars per million tokens. */
export const priceCommands: AdminCommands = {
  'set-price': {
    arguments: ['PROVIDER', 'MODEL'],
    options: ['input', 'output', 'cache-read', 'cache-write', 'cache-write-one-hour', 'reasoning'],
    summary: 'sets the prices of a model in dollars per million tokens, in place of those of the price list',
    run: async (dependencies, { arguments: [provider, model], values }) => {
      const override = await setPrice(toDependencies(dependencies), {
        provider,
        model,
        input: values.input,
        output: values.output,
        cacheRead: values['cache-read'],
        cacheWrite: values['cache-write'],
        cacheWriteOneHour: values['cache-write-one-hour'],
        reasoning: values.reasoning,
      });
      const { id, prices } = override;
      return {
        text: `Price ${id} of ${override.provider}/${override.model}: ${describePrices(prices)}. ${appliesMessage}`,
        value: override,
      };
    },
  },
  'unset-price': {
    arguments: ['PROVIDER', 'MODEL'],
    options: [],
    summary: 'returns a model to the price list',
    run: async (dependencies, { arguments: [provider, model] }) => {
      const removal = await unsetPrice(toDependencies(dependencies), { provider, model });
      const text = `${removal.provider}/${removal.model} has the price of the list again. ${appliesMessage}`;
      return { text, value: removal };
    },
  },
  'list-prices': {
    arguments: [],
    options: [],
    summary: 'lists the newest thousand prices that were set or unset, those that apply no longer too',
    run: async ({ database }) => showPrices(await listPriceOverrides(database, maxRows)),
  },
};

/** The isolates reload by themselves. */
const prices = { reload: async () => undefined };

function toDependencies({ database, registry, actor }: AdminDependencies) {
  return { database, prices, providers: registry.entries, actor };
}

function showPrices(overrides: readonly PriceOverride[]): AdminResult {
  const rows = overrides.map(({ id, provider, model, prices, createdAt }) => {
    return [id, provider, model, describePrices(prices), createdAt.toISOString()];
  });
  return { text: formatTable(['id', 'provider', 'model', 'prices', 'set'], rows), value: overrides };
}

function describePrices(prices: PriceOverride['prices']): string {
  if (!prices) return 'unset';
  return Object.entries(prices)
    .map(([kind, price]) => `${kind} $${price}`)
    .join(', ');
}
