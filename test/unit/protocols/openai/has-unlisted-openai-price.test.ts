import { expect, test } from 'vitest';
import { hasUnlistedPrice } from '../../../../src/protocols/openai/has-unlisted-openai-price.ts';

const hasOther = (text: string) => hasUnlistedPrice(JSON.parse(text), text);
const part = (type: string) => `{"messages":[{"role":"user","content":[{"type":"${type}"}]}]}`;

test.each([
  '{"service_tier":"priority"}',
  '{"service_tier":"flex"}',
  '{"modalities":["text","audio"]}',
  part('input_audio'),
  // The same, written so that a look at the text does not find it.
  part('input\\u005faudio'),
  part('\\u0069nput_audio'),
])('%s has a price of its own', (text) => {
  expect(hasOther(text)).toBe(true);
});

test.each([
  '{"service_tier":"default"}',
  '{"modalities":["text"]}',
  part('text'),
  '{"messages":[{"role":"user","content":"say \\"input_audio\\" \\u00e9"}]}',
])('%s has none', (text) => {
  expect(hasOther(text)).toBe(false);
});
