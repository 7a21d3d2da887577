import { expect, test } from 'vitest';
import {
  asksForCompaction,
  hasUnlistedAnthropicPrice,
} from '../../../../src/protocols/anthropic/has-unlisted-anthropic-price.ts';

const isUnlisted = (text: string) => hasUnlistedAnthropicPrice(JSON.parse(text), text);
const definition = '{"type":"web_search_20260318","name":"web_search"}';

test.each([
  '{"speed":"fast"}',
  '{"inference_geo":"us"}',
  '{"service_tier":"priority"}',
  '{"fallbacks":[{"model":"claude-x","speed":"fast"}]}',
  '{"tools":[{"name":"f","input_schema":{}},{"type":"web_search_20250305","name":"web_search","max_uses":5}]}',
  '{"tools":[{"type":"code_execution_20260521","name":"code_execution"}]}',
  '{"tools":[{"type":"advisor_20260301","name":"advisor","model":"claude-y"}]}',
  '{"tools":[{"type":"something_new_20270101","name":"something_new"}]}',
  `{"messages":[{"content":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":${definition}}}]}]}`,
  `{"messages":[{"content":[{"type":"tool_addition","tool":${definition.replace('web_', 'web\\u005f')}}]}]}`,
])('%s has a price of its own', (text) => {
  expect(isUnlisted(text)).toBe(true);
});

test.each([
  '{"speed":"standard","inference_geo":"global","service_tier":"auto"}',
  '{"speed":null,"inference_geo":null,"service_tier":"standard_only","tools":null,"fallbacks":"default"}',
  '{"tools":[{"name":"web_search","input_schema":{}},{"type":"custom","name":"f"},{"type":"bash_20250124"}]}',
  '{"tools":[{"type":"text_editor_20250728"},{"type":"computer_20251124"},{"type":"memory_20250818"}]}',
  '{"tools":[{"type":"web_fetch_20260318"},{"type":"tool_search_tool_bm25_20251119"},{"type":"mcp_toolset"}]}',
  '{"messages":[{"content":[{"type":"server_tool_use","name":"web_search","input":{}}]}]}',
  '{"messages":[{"content":"say \\"web_search_20250305\\" \\u00e9"}]}',
])('%s has none', (text) => {
  expect(isUnlisted(text)).toBe(false);
});

test('a compaction is asked for by an edit of the context, or by its own field', () => {
  const edits = (type: string) => ({ context_management: { edits: [{ type: 'clear_thinking_20251015' }, { type }] } });
  expect(asksForCompaction(edits('compact_20260112'))).toBe(true);
  expect(asksForCompaction({ compaction: { type: 'auto' } })).toBe(true);
  expect(asksForCompaction(edits('clear_tool_uses_20250919'))).toBe(false);
  expect(asksForCompaction({ context_management: null, compaction: null })).toBe(false);
});
