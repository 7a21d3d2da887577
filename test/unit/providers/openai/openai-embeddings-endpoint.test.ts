import { expect, test } from 'vitest';
import { createEmbeddingsEndpoint } from '../../../../src/providers/openai/openai-embeddings-endpoint.ts';

const endpoint = createEmbeddingsEndpoint('/embeddings', { name: 'Acme', apiKey: undefined });
const read = (usage: unknown) => endpoint.decodeResponse(JSON.stringify({ model: 'm-1', data: [{}], usage }));

test.each([
  [
    { prompt_tokens: 12, total_tokens: 12 },
    { input: 12, output: 0 },
  ],
  [{ prompt_tokens: 12 }, { input: 12, output: 0 }],
  [{ total_tokens: 1200 }, { input: 1200, output: 0 }],
  [
    { prompt_tokens: null, total_tokens: 1200 },
    { input: 1200, output: 0 },
  ],
  [
    { prompt_tokens: 0, total_tokens: 1200 },
    { input: 1200, output: 0 },
  ],
  [
    { prompt_tokens: 0, total_tokens: 0 },
    { input: 0, output: 0 },
  ],
  [
    { total_tokens: 9, image_pixels: 50_176 },
    { input: 9, output: 0, unpriced: true },
  ],
  [{ total_tokens: 'many' }, undefined],
  [{}, undefined],
  [null, undefined],
  [undefined, undefined],
])('%j is read as %j', (usage, expected) => {
  expect(read(usage)).toEqual({ finishReason: 'stop', content: [], usage: expected, reportedModel: 'm-1' });
});
