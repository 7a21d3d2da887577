import { expect, test } from 'vitest';
import { parseAnthropicRequest } from '../../../../src/protocols/anthropic/parse-anthropic-request.ts';
import { refusalOf } from './parse-error.ts';

const read = (fields: object) =>
  parseAnthropicRequest({ max_tokens: 50_000, messages: [{ role: 'user', content: 'a' }], ...fields });
const input_schema = { type: 'object', properties: { city: { type: 'string' } } };
const tools = [{ name: 'look', input_schema }];

test('custom tools are read', () => {
  const call = read({
    tools: [
      { name: 'look', description: 'Looks.', input_schema, strict: true, cache_control: { type: 'ephemeral' } },
      {
        type: 'custom',
        name: 'find',
        input_schema: { type: 'object' },
        eager_input_streaming: true,
        defer_loading: false,
        allowed_callers: ['direct'],
        input_examples: [],
      },
    ],
  });
  expect(call.tools).toEqual([
    { name: 'look', description: 'Looks.', parameters: input_schema, strict: true },
    { name: 'find', parameters: { type: 'object' } },
  ]);
  expect([call.toolChoice, call.parallelToolCalls]).toEqual([undefined, undefined]);
});

test.each([
  [{ type: 'auto' }, 'auto', undefined],
  [{ type: 'any', disable_parallel_tool_use: false }, 'required', undefined],
  [{ type: 'any', disable_parallel_tool_use: true }, 'required', false],
  [{ type: 'auto', disable_parallel_tool_use: true }, 'auto', false],
  [{ type: 'tool', name: 'look' }, { name: 'look' }, undefined],
  [{ type: 'none' }, 'none', undefined],
])('the choice %j is %j, parallel calls %j', (tool_choice, toolChoice, parallelToolCalls) => {
  const call = read({ tools, tool_choice });
  expect([call.toolChoice, call.parallelToolCalls]).toEqual([toolChoice, parallelToolCalls]);
});

test('a choice that demands nothing of no tools is none', () => {
  for (const type of ['auto', 'none']) expect(read({ tool_choice: { type } })).toEqual(read({}));
});

test.each([
  [
    { tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 5 }] },
    'tools[0].type: is "web_search_20250305"',
  ],
  [
    { tools: [{ type: 'bash_20250124', name: 'bash' }] },
    'tools[0].type: is "bash_20250124", a tool that only Claude knows',
  ],
  [{ tools: [...tools, { name: 'a' }] }, 'tools[1].input_schema: must be a JSON Schema of type "object"'],
  [{ tools: [{ name: 'a', input_schema: { type: 'string' } }] }, 'tools[0].input_schema: must be a JSON Schema'],
  [{ tools: [{ name: '', input_schema }] }, 'tools[0].name: '],
  [{ tools: [{ name: 'a', parameters: input_schema, input_schema }] }, 'tools[0].parameters: is not a known field'],
  [{ tools: [{ name: 'a', input_schema, input_examples: [{}] }] }, 'tools[0].input_examples: is something only Claude'],
  [{ tools: [{ name: 'a', input_schema, defer_loading: true }] }, 'tools[0].defer_loading: can only be false'],
  [
    { tools: [{ name: 'a', input_schema, allowed_callers: ['code_execution_20260120'] }] },
    'tools[0].allowed_callers[0]: ',
  ],
  [{ tools: { name: 'a' } }, 'tools: must be a list of tools'],
  [{ tools, tool_choice: 'auto' }, 'tool_choice: must be auto, any, tool or none'],
  [{ tools, tool_choice: { type: 'required' } }, 'tool_choice.type: must be auto, any, tool or none'],
  [{ tools, tool_choice: { type: 'tool' } }, 'tool_choice.name: '],
  [{ tools, tool_choice: { type: 'tool', name: 'find' } }, 'tool_choice.name: must be the name of one of the tools'],
  [{ tool_choice: { type: 'any' } }, 'tool_choice: can only be any where there are tools'],
])('%j is rejected with its path', (fields, message) => {
  expect(refusalOf(() => read(fields))).toContain(message);
});

test.each([
  [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, 'low'],
  [{ thinking: { type: 'enabled', budget_tokens: 4095 } }, 'low'],
  [{ thinking: { type: 'enabled', budget_tokens: 1 } }, 'low'],
  [{ thinking: { type: 'enabled', budget_tokens: 900_000 } }, 'high'],
  [{ thinking: { type: 'enabled' } }, undefined],
  [{ thinking: { type: 'between_tools' } }, undefined],
  [{ thinking: { type: 'enabled', budget_tokens: 4096, display: 'summarized' } }, 'medium'],
  [{ thinking: { type: 'enabled', budget_tokens: 16_383 } }, 'medium'],
  [{ thinking: { type: 'enabled', budget_tokens: 16_384 } }, 'high'],
  [{ thinking: { type: 'enabled', budget_tokens: 1024 }, output_config: { effort: 'high' } }, 'high'],
  [{ thinking: { type: 'adaptive' } }, undefined],
  [{ thinking: { type: 'adaptive', display: null }, output_config: { effort: 'medium' } }, 'medium'],
  [{ thinking: { type: 'disabled' } }, undefined],
  [{ output_config: { effort: 'low' } }, 'low'],
  [{ output_config: { effort: 'xhigh' } }, 'xhigh'],
  [{ output_config: { effort: 'max' } }, 'max'],
  [{ output_config: { effort: null } }, undefined],
])('%j is the effort %s', (fields, effort) => {
  expect(read(fields).reasoningEffort).toBe(effort);
});

const format = { type: 'json_schema', schema: { type: 'object' } };

test.each([{ output_config: { format } }, { output_format: format }, { output_config: {}, output_format: format }])(
  '%j is the form of the answer',
  (fields) => {
    expect(read(fields).responseFormat).toEqual({
      type: 'json_schema',
      name: 'response',
      schema: { type: 'object' },
      strict: true,
    });
  },
);

test.each([
  [{ thinking: { type: 'adaptive', display: 'omitted' } }, 'thinking.display: can only be summarized'],
  [{ thinking: true }, 'thinking: must be enabled, adaptive, between_tools or disabled'],
  [{ output_config: { effort: 'extreme' } }, 'output_config.effort: must be low, medium, high, xhigh or max'],
  [{ output_config: { efort: 'low' } }, 'output_config.efort: is not a known field: did you mean "effort"'],
  [{ output_config: { format: { type: 'json' } } }, 'output_config.format.type: must be json_schema'],
  [{ output_config: { format: { type: 'json_schema' } } }, 'output_config.format.schema: must be a JSON Schema'],
])('%j is rejected with its path, too', (fields, message) => {
  expect(refusalOf(() => read(fields))).toContain(message);
});
