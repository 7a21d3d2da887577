import { describe, expect, test } from 'vitest';
import { TranslationReport } from '../../../../src/domain/translation-report.ts';
import { parseOpenAiTools } from '../../../../src/protocols/openai/parse-openai-tools.ts';
import { refusalOf } from './parse-error.ts';

const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } });
const noFields = { type: 'object', properties: {} };
const tools = [tool('f'), tool('g')];
const functions = [{ name: 'f', description: 'd', parameters: { type: 'object' } }];
const refused = (fields: object) => refusalOf(() => parseOpenAiTools(fields));

test('tools that are not allowed are left out', () => {
  const translation = new TranslationReport();
  const tools = [tool('f'), tool('g')];
  const allowed = (mode: string | null) => ({ type: 'allowed_tools', allowed_tools: { mode, tools: [tool('g')] } });
  const parsed = parseOpenAiTools({ tools, tool_choice: allowed('required') }, translation);
  expect([parsed.tools?.map(({ name }) => name), parsed.toolChoice]).toEqual([['g'], 'required']);
  expect(translation.adjusted).toEqual([['tool_choice']]);
  expect(parseOpenAiTools({ tools, tool_choice: allowed(null) }).toolChoice).toBe('auto');
});

test('any is another name for required, and a tool may lack its type', () => {
  const parsed = parseOpenAiTools({ tools: [{ function: { name: 'f' } }], tool_choice: 'any' });
  expect(parsed).toMatchObject({ tools: [{ name: 'f' }], toolChoice: 'required' });
});

test('a tool without parameters takes none', () => {
  expect(parseOpenAiTools({ tools: [tool('f', { description: null, strict: null })] }).tools).toEqual([
    { name: 'f', parameters: noFields },
  ]);
});

test.each<[unknown, unknown]>([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'required'],
  [tool('g'), { name: 'g' }],
  [null, undefined],
])('a choice of %j', (tool_choice, toolChoice) => {
  expect(parseOpenAiTools({ tools, tool_choice }).toolChoice).toEqual(toolChoice);
});

test.each([true, false])('parallel calls: %j', (parallel_tool_calls) => {
  expect(parseOpenAiTools({ tools, parallel_tool_calls }).parallelToolCalls).toBe(parallel_tool_calls);
});

describe('functions', () => {
  test('are tools of which one at most is called', () => {
    expect(parseOpenAiTools({ functions })).toEqual({
      tools: [{ name: 'f', description: 'd', parameters: { type: 'object' } }],
      parallelToolCalls: false,
    });
  });

  test.each<[unknown, unknown]>([
    ['auto', 'auto'],
    ['none', 'none'],
    [{ name: 'f' }, { name: 'f' }],
  ])('with a choice of %j', (function_call, toolChoice) => {
    expect(parseOpenAiTools({ functions, function_call }).toolChoice).toEqual(toolChoice);
  });
});

test.each<[string, object]>([
  ['tools: must be a list of up to 128', { tools: 'f' }],
  ['tools: must be a list of up to 128', { tools: Array.from({ length: 129 }, (_, index) => tool(`f${index}`)) }],
  ['tools[1].type: ', { tools: [tool('f'), { type: 'custom', custom: { name: 'c' } }] }],
  ['tools[0].function.name: must be 1 to 64', { tools: [tool('a b')] }],
  ['tools[0].function.name: must be 1 to 64', { tools: [tool('a'.repeat(65))] }],
  ['tools[0].function.parameters: must be an object', { tools: [tool('f', { parameters: [] })] }],
  ['tools[0].function.strict: ', { tools: [tool('f', { strict: 'yes' })] }],
  ['tools[0].function.paramters: is not a known field: did you mean', { tools: [tool('f', { paramters: {} })] }],
  ['tools[0].name: is not a known field', { tools: [{ ...tool('f'), name: 'f' }] }],
  ['tool_choice: must be auto, none, required', { tools, tool_choice: 'some' }],
  ['tool_choice.allowed_tools.tools: ', { tools, tool_choice: { type: 'allowed_tools', allowed_tools: {} } }],
  ['tool_choice.type: "custom" has no counterpart', { tools, tool_choice: { type: 'custom', custom: { name: 'c' } } }],
  ['tool_choice.function.name: "h" is not among', { tools, tool_choice: tool('h') }],
  ['tool_choice.function: ', { tools, tool_choice: { type: 'function', name: 'f' } }],
  ['tool_choice: demands a tool call', { tool_choice: 'required' }],
  ['tool_choice.function.name: "f" is not among', { tool_choice: tool('f') }],
  ['functions[0].strict: is not a known field', { functions: [{ name: 'f', strict: true }] }],
  ['functions: cannot stand beside tools', { functions, tools }],
  ['functions: cannot stand beside tools', { functions, tool_choice: 'none' }],
  ['function_call: cannot stand beside tools', { tools, function_call: 'auto' }],
  ['function_call: must be auto, none', { functions, function_call: 'required' }],
  ['function_call.name: "g" is not among the functions', { functions, function_call: { name: 'g' } }],
  ['function_call.name: "f" is not among the functions', { function_call: { name: 'f' } }],
])('%s', (message, fields) => {
  expect(refused(fields)).toContain(message);
});
