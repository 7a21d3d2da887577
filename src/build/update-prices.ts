import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findProvider } from '@pydantic/genai-prices';
import type { PriceData } from '../usage/price-data.ts';
import overrides from '../usage/price-overrides.json' with { type: 'json' };
import { formatPrices, type PriceOverrides, slicePrices } from './slice-prices.ts';

/**
 * The vendors of the price list: OpenAI, Anthropic, and those with an OpenAI-compatible API. Perplexity is left out,
 * because most of its charge is a fee per request.
 */
const vendors = [
  ...['anthropic', 'azure', 'cerebras', 'cohere', 'deepseek', 'fireworks', 'google', 'groq', 'minimax', 'mistral'],
  ...['moonshotai', 'openai', 'openrouter', 'together', 'x-ai', 'zai'],
];

const pricesFile = join(import.meta.dirname, '../usage/prices.json');

/** Builds the price list from the installed data set, with the project's own prices before it. */
export function buildPriceData(ownPrices: PriceOverrides = overrides): PriceData {
  const providers = vendors.map((id) => {
    const provider = findProvider({ providerId: id });
    if (provider?.id !== id) throw new Error(`the data set has no vendor "${id}"`);
    return provider;
  });
  const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
  const { version } = JSON.parse(readFileSync(join(entry, '../../package.json'), 'utf8'));
  return slicePrices(providers, version, ownPrices);
}

if (import.meta.main) {
  const prices = buildPriceData();
  const text = formatPrices(prices);
  writeFileSync(pricesFile, text);
  const models = Object.values(prices.vendors).reduce((sum, vendor) => sum + vendor.models.length, 0);
  const kibibytes = (gzipSync(text).length / 1024).toFixed(1);
  console.log(`${prices.version}: ${models} models of ${vendors.length} vendors, ${kibibytes} KiB gzip.`);
}
