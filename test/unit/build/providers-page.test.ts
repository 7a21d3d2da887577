import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/catalog.ts';
import prices from '../../../src/usage/prices.json' with { type: 'json' };

const page = await readFile(
  fileURLToPath(new URL('../../../docs/reference/providers.md', import.meta.url).href),
  'utf8',
);
const vendors = builtInProviders.filter(({ isOptional }) => isOptional);
const pricedNames = new Set(Object.values(prices.vendors).flatMap(({ names }) => names));
const isPriced = (pricingVendor: string | null) => pricingVendor !== null && pricedNames.has(pricingVendor);
const sections = new Map(
  page.split('\n### ').map((section) => [/^.*\(`([\w-]+)`\)\n/.exec(section)?.[1], section.split('\n## ')[0] ?? '']),
);

describe('docs/reference/providers.md', () => {
  it.each(vendors)('describes $displayName in three lines', (vendor) => {
    const { id, displayName, baseUrl, baseUrlVariable = '', apiKeyVariables, pricingVendor, quirks } = vendor;
    const section = sections.get(id) ?? expect.unreachable(`${id} is missing`);
    expect(section.startsWith(`${displayName} (\`${id}\`)\n`)).toBe(true);
    expect(section.match(/^- /gm)).toHaveLength(3);
    for (const variable of [baseUrlVariable, ...apiKeyVariables]) expect(section).toContain(`\`${variable}\``);
    if (baseUrl !== undefined) expect(section).toContain(`<${baseUrl}>`);
    const price = isPriced(pricingVendor) ? `Prices: \`${pricingVendor}\` of the price list.` : 'No list price.';
    expect(section).toContain(price);
    expect(section.includes('Responses: translated')).toBe(quirks?.hasResponses === false);
  });

  it('names every vendor without a list price, and no other', () => {
    const [, list = ''] = /does not have (.*?)\. The cost/s.exec(page) ?? [];
    const unpriced = vendors.filter(({ pricingVendor }) => !isPriced(pricingVendor));
    expect([...list.matchAll(/`([\w-]+)`/g)].map(([, id]) => id)).toEqual(unpriced.map(({ id }) => id));
    expect(page).toContain(`with ${vendors.length} vendors and servers`);
  });
});
