import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { TranslationReport } from '../../../../src/domain/translation-report.ts';
import { dropFields } from '../../../../src/protocols/field-policy.ts';
import { openAiResponsesPolicy } from '../../../../src/protocols/openai/openai-responses-field-policy.ts';
import { parseOpenAiResponsesRequest } from '../../../../src/protocols/openai/parse-openai-responses-request.ts';
import { ResponseToolNames } from '../../../../src/protocols/openai/response-tool-names.ts';
import { ResponsesRequestPaths } from '../../../../src/protocols/openai/responses-request-paths.ts';
import type { TranslationTarget } from '../../../../src/providers/provider.ts';
import { refusalOf } from './parse-error.ts';

const claude: TranslationTarget = { protocol: 'anthropic' };
const image = 'data:image/png;base64,AAAA';
const pdf = 'data:application/pdf;base64,JVBERi0=';

/** Parses a request as the route does: what has no counterpart is dropped before. */
function parse(fields: object, target = claude) {
  const paths = new ResponsesRequestPaths();
  const toolNames = new ResponseToolNames();
  const report = new TranslationReport((path) => paths.map(path));
  const body = dropFields({ model: 'm', input: 'Hi', ...fields }, openAiResponsesPolicy, target, report);
  const { chat } = parseOpenAiResponsesRequest(body, { paths, toolNames, translation: report });
  const { translation, ...request } = chat;
  expect(translation).toBe(report);
  return { request, paths, toolNames, report };
}

const messagesOf = (input: unknown, more: object = {}) => parse({ input, ...more }).request.messages;
const refused = (fields: object) => refusalOf(() => parse(fields));
const text = (words: string) => ({ type: 'text', text: words });
const call = (id: string, more: object = {}) => ({
  type: 'function_call',
  call_id: id,
  name: 'f',
  arguments: '{}',
  ...more,
});

describe('the input', () => {
  it('may be a text, and the instructions are the system prompt', () => {
    expect(messagesOf('Hi', { instructions: 'Be brief.' })).toEqual([
      { role: 'system', content: [text('Be brief.')] },
      { role: 'user', content: [text('Hi')] },
    ]);
  });

  it('has messages of every role, with or without a type', () => {
    const input = [
      { role: 'developer', content: 'd' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 's' }] },
      { role: 'user', content: [{ type: 'input_text', text: 'u' }] },
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [
          { type: 'output_text', text: 'a', annotations: [], logprobs: [] },
          { type: 'refusal', refusal: 'no' },
        ],
      },
      { role: 'assistant', content: 'b' },
    ];
    const { request, report } = parse({ input });
    expect(request.messages).toEqual([
      { role: 'system', content: [text('d')] },
      { role: 'system', content: [text('s')] },
      { role: 'user', content: [text('u')] },
      { role: 'assistant', content: [text('a'), text('no'), text('b')] },
    ]);
    expect(report.dropped).toEqual([]);
  });

  it('has images and PDFs, of a user and of a tool', () => {
    const parts = [
      { type: 'input_image', image_url: image, detail: 'auto' },
      { type: 'input_image', image_url: 'https://example.com/a.png', file_id: null },
      { type: 'input_file', filename: 'a.pdf', file_data: pdf },
    ];
    const content = [
      { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      { type: 'document', mediaType: 'application/pdf', data: 'JVBERi0=', fileName: 'a.pdf' },
    ];
    const input = [
      { role: 'user', content: parts },
      call('c'),
      { type: 'function_call_output', call_id: 'c', output: parts },
    ];
    expect(messagesOf(input)).toEqual([
      { role: 'user', content },
      { role: 'assistant', content: [{ type: 'tool_call', id: 'c', name: 'f', argumentsJson: '{}' }] },
      { role: 'tool', toolCallId: 'c', content },
    ]);
  });

  it('joins what an assistant thinks, says and calls to one message', () => {
    const input = [
      { role: 'user', content: 'u' },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'shown' }],
        encrypted_content: 'aia1.x',
      },
      { role: 'assistant', content: 'a' },
      call('c1'),
      call('c2', { arguments: { n: 1 } }),
      { type: 'function_call_output', call_id: 'c1', output: 'r1' },
      { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'r2' }] },
      { type: 'reasoning', id: 'rs_2', summary: [], content: [{ type: 'reasoning_text', text: 'thought' }] },
    ];
    expect(messagesOf(input)).toEqual([
      { role: 'user', content: [text('u')] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: '', opaque: 'aia1.x' },
          text('a'),
          { type: 'tool_call', id: 'c1', name: 'f', argumentsJson: '{}' },
          { type: 'tool_call', id: 'c2', name: 'f', argumentsJson: '{"n":1}' },
        ],
      },
      { role: 'tool', toolCallId: 'c1', content: [text('r1')] },
      { role: 'tool', toolCallId: 'c2', content: [text('r2')] },
      { role: 'assistant', content: [{ type: 'reasoning', text: 'thought' }] },
    ]);
  });

  it('drops and reports what another vendor has encrypted, and items that are not known', () => {
    const input = [
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'x' }], encrypted_content: 'gAAAA' },
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { role: 'user', content: 'Hi' },
      { type: 'item_reference', id: 'rs_2' },
      { type: 'item_of_tomorrow' },
    ];
    const { request, report } = parse({ input });
    expect(request.messages).toEqual([{ role: 'user', content: [text('Hi')] }]);
    expect(report.dropped).toEqual([
      ['input', 0],
      ['input', 1],
      ['input', 3],
      ['input', 4],
    ]);
  });

  it('names items where the client has sent them, beside those that were dropped', () => {
    const input = [
      { type: 'web_search_call' },
      { role: 'user', content: [{ type: 'input_text', text: 'a' }] },
      call('c'),
      { type: 'function_call_output', call_id: 'c', output: 'r' },
    ];
    const { report, paths } = parse({ input, instructions: 's' });
    const locate = (index: number) => report.locate(paths.map(['messages', index, 'content']));
    expect([0, 1, 2, 3].map(locate)).toEqual([['instructions'], ['input', 1], ['input', 2], ['input', 3]]);
    expect(paths.map(['messages'])).toEqual(['input']);
  });

  it.each<[object, string]>([
    [{ input: undefined }, 'input: is missing: send a text or a list of items.'],
    [{ input: 1 }, 'input: must be a string or a list of items.'],
    [{ input: [] }, 'input: must be a list of 1 to 10000.'],
    [{ input: ['Hi'] }, 'input[0]: must be an item.'],
    [{ input: [{}] }, 'input[0].type: is missing: send items such as message.'],
    [
      { input: [{ role: 'tool', content: 'x' }] },
      'input[0].role: "tool" is no role: use user, assistant, system or developer.',
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
      'input[0].content[0].type: "input_audio" cannot be sent here: send input_text or input_image or input_file.',
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file-1' }] }] },
      "input[0].content[0].file_id: cannot be sent to this model's provider: send the file itself in image_url.",
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_file', file_url: 'https://example.com/a.pdf' }] }] },
      "input[0].content[0].file_url: cannot be sent to this model's provider: send the file itself in file_data.",
    ],
    [
      { input: [{ type: 'function_call_output', call_id: 'x', output: '' }] },
      'input[0].call_id: "x" is the id of no tool call in the items before it.',
    ],
    [
      { conversation: 'conv_1' },
      "conversation: cannot be sent to this model's provider: send the whole conversation in input.",
    ],
    [
      { prompt: { id: 'pmpt_1' } },
      "prompt: cannot be sent to this model's provider: send its text in input and instructions.",
    ],
    [
      { include: ['message.output_text.logprobs'] },
      "include[0]: cannot be had of this model's provider: leave it out.",
    ],
  ])('rejects %j', (fields, message) => {
    expect(refused(fields)).toBe(message);
  });

  it.each([{ type: 'item_reference', id: 'msg_1' }, { id: 'msg_1' }])('does not find the item of %j', (item) => {
    const attempt = () => parse({ input: [item] });
    expect(attempt).toThrow(GatewayError);
    expect(attempt).toThrow(/^input\[0\]\.id: "msg_1" is not found.*set store to false/);
  });
});

describe('the tools', () => {
  const functionTool = { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true };
  const customTool = {
    type: 'custom',
    name: 'patch',
    description: 'Edits.',
    format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
  };
  const namespace = {
    type: 'namespace',
    name: 'docs',
    description: 'n',
    tools: [{ type: 'function', name: 'f' }, { type: 'web' }],
  };

  it('are functions, custom tools with one text, and those of namespaces by flat names', () => {
    const { request, report, paths, toolNames } = parse({
      tools: [{ type: 'web_search' }, namespace, functionTool, customTool],
    });
    expect(request.tools).toEqual([
      { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
      {
        name: 'patch',
        description: 'Edits.\n\nThe input has to follow this lark grammar:\nstart: "x"',
        parameters: expect.objectContaining({ required: ['input'] }),
      },
      { name: 'docs__f', parameters: { type: 'object', properties: {} } },
    ]);
    expect(report.dropped).toEqual([
      ['tools', 0],
      ['tools', 1, 'description'],
      ['tools', 1, 'tools', 1],
    ]);
    expect(report.adjusted).toEqual([['tools', 3]]);
    expect(report.locate(paths.map(['tools', 2, 'strict']))).toEqual(['tools', 1, 'tools', 0, 'strict']);
    expect(toolNames.read('docs__f')).toEqual({ name: 'f', namespace: 'docs', isCustom: false });
    expect(toolNames.read('patch')).toEqual({ name: 'patch', isCustom: true });
  });

  it('are known to the calls of the history', () => {
    const input = [
      call('c1', { namespace: 'docs' }),
      { type: 'custom_tool_call', call_id: 'c2', name: 'patch', input: 'a "b"' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: 'ok' },
    ];
    expect(messagesOf(input, { tools: [namespace, customTool] })).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool_call', id: 'c1', name: 'docs__f', argumentsJson: '{}' },
          { type: 'tool_call', id: 'c2', name: 'patch', argumentsJson: '{"input":"a \\"b\\""}' },
        ],
      },
      { role: 'tool', toolCallId: 'c2', content: [text('ok')] },
    ]);
  });

  it.each<[unknown, unknown]>([
    ['auto', 'auto'],
    ['none', 'none'],
    ['required', 'required'],
    [{ type: 'function', name: 'f' }, { name: 'f' }],
    [{ type: 'custom', name: 'patch' }, { name: 'patch' }],
    [{ type: 'function', name: 'docs__f' }, { name: 'docs__f' }],
    [undefined, undefined],
  ])('may be chosen by %j', (tool_choice, expected) => {
    const tools = [functionTool, customTool, namespace];
    expect(parse({ tools, tool_choice }).request.toolChoice).toEqual(expected);
  });

  it('are only those that are allowed', () => {
    const tools = [functionTool, customTool, { ...functionTool, name: 'g' }];
    const tool_choice = {
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'g' }, { type: 'mcp' }],
    };
    const { request, report, paths } = parse({ tools, tool_choice });
    expect([request.tools?.map(({ name }) => name), request.toolChoice]).toEqual([['g'], 'required']);
    expect(report.adjusted).toEqual([['tools', 1], ['tool_choice']]);
    expect(paths.map(['tools', 0, 'strict'])).toEqual(['tools', 2, 'strict']);
  });

  it.each<[object, string]>([
    [
      { tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search' } },
      'tool_choice.type: "web_search" has no counterpart at this model\'s provider: use function, custom or allowed_tools.',
    ],
    [
      { tools: [{ type: 'web_search' }], tool_choice: 'required' },
      'tool_choice: demands a tool call, but there are no tools.',
    ],
    [
      { tools: [functionTool], tool_choice: { type: 'function', name: 'x' } },
      'tool_choice.name: "x" is not among the tools.',
    ],
    [
      { tools: [functionTool], tool_choice: 'any' },
      'tool_choice: must be auto, none, required, or an object that names a tool.',
    ],
    [{ tools: [{ name: 'f' }] }, 'tools[0].type: undefined cannot be sent here: send function or custom.'],
    [{ tools: [{ type: 'function', name: 'a b' }] }, 'tools[0].name: must be 1 to 64 letters, digits, "_" and "-".'],
  ])('are rejected: %j', (fields, message) => {
    expect(refused(fields)).toBe(message);
  });

  it('say nothing where all were dropped and none is forced', () => {
    const { request } = parse({ tools: [{ type: 'web_search' }], tool_choice: 'auto', parallel_tool_calls: true });
    expect(request).not.toHaveProperty('tools');
    expect(request).not.toHaveProperty('toolChoice');
  });
});

describe('the parameters', () => {
  it('are mapped', () => {
    const schema = { type: 'object' };
    const { request, report } = parse({
      max_output_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { format: { type: 'json_schema', name: 'n', schema, strict: true, description: 'd' } },
      safety_identifier: 'u',
      include: ['reasoning.encrypted_content'],
      store: false,
      background: false,
    });
    expect(request).toMatchObject({
      maxTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      reasoningEffort: 'low',
      responseFormat: {
        type: 'json_schema',
        name: 'response',
        schema: { type: 'object', description: 'd' },
        strict: true,
      },
      userId: 'u',
    });
    // Claude's schemas have no name.
    expect(report.dropped).toEqual([['text', 'format', 'name']]);
    expect(report.adjusted).toEqual([]);
  });

  it.each<[object, object | undefined]>([
    [{ format: { type: 'text' } }, undefined],
    [{}, undefined],
    [{ format: { type: 'json_object' } }, { type: 'json_object' }],
  ])('have the form %j', (format, expected) => {
    expect(parse({ text: format }).request.responseFormat).toEqual(expected);
  });

  it('report what Codex sends that other vendors do not have', () => {
    const { report } = parse({
      stream: true,
      prompt_cache_key: 'k',
      client_metadata: {},
      include: ['reasoning.encrypted_content', 'web_search_call.action.sources'],
      text: { verbosity: 'low' },
      a_field_of_tomorrow: 1,
    });
    expect(report.adjusted).toEqual([]);
    expect(report.dropped).toEqual([
      ['prompt_cache_key'],
      ['client_metadata'],
      ['include', 1],
      ['text', 'verbosity'],
      ['a_field_of_tomorrow'],
    ]);
  });

  it('are named as the client knows them', () => {
    const { paths } = parse({});
    expect([
      paths.map(['max_tokens']),
      paths.map(['reasoning_effort']),
      paths.map(['response_format', 'schema']),
      paths.map(['temperature']),
    ]).toEqual([['max_output_tokens'], ['reasoning', 'effort'], ['text', 'format', 'schema'], ['temperature']]);
  });
});
