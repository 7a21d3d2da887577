import { describe, expect, it } from 'vitest';
import { encodeGeminiModel, encodeGeminiModelPage } from '../../../../src/protocols/gemini/encode-gemini-model.ts';

const modelOf = (id: string) => ({ id, owner: 'acme', contextWindow: undefined, facts: undefined });

it('encodes what is known of a model', () => {
  const facts = { name: 'Big', released: '2026-01-02', maxOutputTokens: 8192, abilities: ['reasoning'] };
  expect(encodeGeminiModel({ id: 'acme/big', owner: 'acme', contextWindow: 200_000, facts })).toEqual({
    name: 'models/acme/big',
    displayName: 'Big',
    version: '2026-01-02',
    inputTokenLimit: 200_000,
    outputTokenLimit: 8192,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
    thinking: true,
  });
  expect(encodeGeminiModel(modelOf('text-embedding-3-small'))).toEqual({
    name: 'models/text-embedding-3-small',
    displayName: 'text-embedding-3-small',
    supportedGenerationMethods: ['embedContent', 'countTokens'],
  });
});

describe('encodeGeminiModelPage', () => {
  const models = Array.from({ length: 60 }, (_, index) => modelOf(`m${index}`));
  const pageOf = (query: string) => encodeGeminiModelPage(models, new URLSearchParams(query));

  it.each([
    ['', 50, 'm50'],
    ['pageSize=0', 50, 'm50'],
    ['pageSize=7', 7, 'm7'],
    ['page_size=7&page_token=m57', 3, undefined],
    ['pageSize=5000', 60, undefined],
    ['pageToken=m50', 10, undefined],
  ])('pages by %s', (query, length, nextPageToken) => {
    const page = pageOf(query);
    expect([page.models.length, page.nextPageToken]).toEqual([length, nextPageToken]);
  });

  it.each(['pageSize=-1', 'pageSize=x', 'pageToken=none'])('rejects %s', (query) => {
    expect(() => pageOf(query)).toThrow(/^page(?:Size|Token): /);
  });
});
