import { expect, test } from 'vitest';
import { estimateInputTokens, estimateRequestSize } from '../../../src/gateway/estimate-input-tokens.ts';
import { estimateTokens } from '../../../src/usage/estimate-tokens.ts';

const words = 'The quick brown fox jumps over the lazy dog.';

test('the same words count the same in each protocol', () => {
  const native = [{ role: 'user', content: [{ type: 'text', text: words }] }] as const;
  const plain = [{ role: 'user', content: words }];
  expect(estimateRequestSize({ messages: native, maxTokens: 7 })).toEqual({
    input: estimateTokens(words) + 4,
    maxOutput: 7,
  });
  expect(estimateInputTokens({ messages: plain })).toBe(estimateTokens(words) + 4);
  expect(estimateInputTokens({ messages: [], system: words })).toBe(estimateTokens(words));
});

test('tools count with the names in their schemas', () => {
  const schema = { type: 'object', properties: { destination: { type: 'string' } } };
  const tools = [{ name: 'travel', parameters: schema }];
  const counted = estimateInputTokens({ messages: [], tools });
  const written = estimateTokens(JSON.stringify(tools));
  expect(counted / written).toBeGreaterThan(0.7);
  expect(counted / written).toBeLessThan(1.5);
});

test.each([
  { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'A'.repeat(100_000) } },
  { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}` } },
])('an image ($type) counts as one, however many bytes it has', (image) => {
  expect(estimateInputTokens({ messages: [{ role: 'user', content: [image] }] })).toBe(1_604);
});

test('nesting as deep as a body is long costs no stack', () => {
  let nested: unknown = words;
  for (let depth = 0; depth < 200_000; depth += 1) nested = [nested];
  expect(estimateInputTokens({ messages: nested, tools: nested })).toBeGreaterThan(estimateTokens(words));
});
