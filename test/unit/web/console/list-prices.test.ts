import { describe, expect, it } from 'vitest';
import {
  findCurrentOverrides,
  formatPlace,
  formatPrice,
  listPrices,
} from '../../../../src/web/console/models/list-prices.ts';
import { createPriceDraft, encodePriceDraft } from '../../../../src/web/console/models/price-draft.ts';

const prices = { inputPrice: 1, outputPrice: null, cacheReadPrice: null, cacheWritePrice: null };
const provider = { name: '', type: 'OPENAI', enabled: true, setting: null, defaultModel: null } as const;
const providers = [
  {
    ...provider,
    id: 'openai',
    models: [
      { id: 'gpt-4o', ...prices },
      { id: 'o3', ...prices },
    ],
  },
  { ...provider, id: 'claude', models: [{ id: 'claude-haiku-4-5', ...prices }] },
];
const names = (search: string, id = '') => listPrices(providers, { search, provider: id }).map(formatPlace);

const entry = {
  id: 'prc_2',
  provider: 'openai',
  model: 'gpt-4o',
  unset: false,
  input: '0.000000000001',
  output: '10',
  cacheRead: null,
  cacheWrite: null,
  cacheWriteOneHour: null,
  reasoning: null,
  createdAt: '2026-12-01T00:00:00Z',
};

describe('listPrices', () => {
  it('finds models by a part of their name or of their provider, in any case', () => {
    expect(names('')).toEqual(['openai/gpt-4o', 'openai/o3', 'claude/claude-haiku-4-5']);
    expect(names(' GPT ')).toEqual(['openai/gpt-4o']);
    expect(names('openai/')).toEqual(['openai/gpt-4o', 'openai/o3']);
    expect(names('', 'claude')).toEqual(['claude/claude-haiku-4-5']);
  });

  it('keeps an unknown price', () => {
    expect(listPrices(providers, { search: 'o3', provider: '' })).toEqual([
      { provider: 'openai', model: 'o3', ...prices },
    ]);
  });
});

describe('findCurrentOverrides', () => {
  it('returns the newest entry of each model that is not taken back', () => {
    const older = { ...entry, id: 'prc_1', input: '5' };
    const other = { ...entry, model: 'o3' };
    const unset = { ...other, id: 'prc_3', unset: true, input: null, output: null };
    expect(findCurrentOverrides([entry, unset, older, other])).toEqual([entry]);
  });
});

describe('formatPrice', () => {
  it.each([
    [0, '$0.00'],
    [0.6, '$0.60'],
    [0.075, '$0.075'],
    [1.125, '$1.125'],
    [0.000000000001, '$0.000000000001'],
    [null, '–'],
  ])('formats %s as %s', (price, text) => {
    expect(formatPrice(price)).toBe(text);
  });
});

describe('encodePriceDraft', () => {
  it('keeps the digits of a price, and leaves out what is empty', () => {
    const draft = createPriceDraft({ provider: 'openai', model: ' gpt-4o ' }, entry);
    expect(encodePriceDraft({ ...draft, reasoning: ' 0.150 ' })).toEqual({
      provider: 'openai',
      model: 'gpt-4o',
      input: '0.000000000001',
      output: '10',
      reasoning: '0.150',
    });
  });

  it('encodes an empty form', () => {
    expect(encodePriceDraft(createPriceDraft({ provider: 'openai', model: '' }))).toEqual({
      provider: 'openai',
      model: '',
      input: '',
    });
  });
});
