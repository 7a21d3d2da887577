import { expect, test } from 'vitest';
import { hasUnlistedPrice } from '../../../../src/protocols/openai/has-unlisted-openai-price.ts';

const hasOther = (text: string) => hasUnlistedPrice(JSON.parse(text), text);
const part = (type: string) => `{"messages":[{"role":"user","content":[{"type":"${type}"}]}]}`;

test.each([
  '{"service_tier":"priority"}',
  '{"service_tier":"flex"}',
  '{"service_tier":"scale"}',
  '{"service_tier":"fast"}',
  '{"modalities":["text","image"]}',
  '{"tools":[{"type":"function"},{"type":"web_search"}]}',
  '{"tools":[{"type":"web_search_preview_2025_03_11"}]}',
  '{"tools":[{"type":"file_search","vector_store_ids":["vs_1"]}]}',
  '{"tools":[{"type":"code_interpreter","container":{"type":"auto"}}]}',
  '{"tools":[{"type":"image_generation"}]}',
  '{"tools":[{"type":"something_new"}]}',
  '{"tools":[{"type":"shell","environment":{"type":"container_auto"}}]}',
  '{"input":[{"type":"additional_tools","tools":[{"type":"web_search"}]}]}',
  '{"web_search_options":{}}',
  '{"plugins":[{"id":"web"}]}',
  '{"search_parameters":{"mode":"auto"}}',
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
  '{"service_tier":"auto"}',
  '{"service_tier":null,"modalities":null,"tools":null,"plugins":[],"web_search_options":null,"input":"web_search"}',
  '{"tools":[{"type":"function","function":{"name":"web_search"}},{"type":"custom"},{"type":"mcp"},{"name":"f"}]}',
  '{"tools":[{"type":"shell"},{"type":"shell","environment":{"type":"local"}},{"type":"apply_patch"}]}',
  '{"modalities":["text"]}',
  part('text'),
  '{"messages":[{"role":"user","content":"say \\"input_audio\\" \\u00e9"}]}',
])('%s has none', (text) => {
  expect(hasOther(text)).toBe(false);
});
