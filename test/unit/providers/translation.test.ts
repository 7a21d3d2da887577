import { describe, expect, it } from 'vitest';
import { formatFieldPath } from '../../../src/domain/error-issue.ts';
import type { ChatRequest, Message } from '../../../src/domain/request.ts';
import { TranslationReport } from '../../../src/domain/translation-report.ts';
import { encodeAnthropicRequest } from '../../../src/providers/anthropic/encode-anthropic-request.ts';
import { encodeOllamaChatRequest } from '../../../src/providers/ollama/encode-ollama-chat-request.ts';
import { encodeOpenAiChatRequest } from '../../../src/providers/openai/encode-openai-chat-request.ts';
import { getDescriptor } from '../../support/provider-options.ts';

const hello: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] };
const image = { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AA==' } } as const;
const pdf = { type: 'document', mediaType: 'application/pdf', data: 'AA==', fileName: 'a.pdf' } as const;
const lookUp: Message = {
  role: 'assistant',
  content: [
    { type: 'tool_call', id: 'c1', name: 'read', argumentsJson: '{}' },
    { type: 'tool_call', id: 'c2', name: 'read', argumentsJson: '{}' },
  ],
};

type Encode = (request: ChatRequest) => unknown;
const encoders = {
  openai: (request) => encodeOpenAiChatRequest(request, getDescriptor('openai'), false),
  claude: (request) => encodeAnthropicRequest(request, getDescriptor('claude'), false),
  ollama: (request) => encodeOllamaChatRequest(request, 'Ollama', false),
} satisfies Record<string, Encode>;
const models = { openai: 'gpt-4o-mini', claude: 'claude-sonnet-4-5', ollama: 'llama3.2' };

/** What is sent, and what of the request was adjusted. */
function translate(vendor: keyof typeof encoders, changes: Partial<ChatRequest>) {
  const translation = new TranslationReport();
  const request = { model: models[vendor], messages: [hello], translation, ...changes };
  const body = JSON.parse(JSON.stringify(encoders[vendor](request)));
  return { body, adjusted: translation.adjusted.map(formatFieldPath) };
}

describe('a tolerant request to OpenAI', () => {
  it('sends images and PDFs of tool results in a user message behind all results of the turn', () => {
    const messages: Message[] = [
      hello,
      lookUp,
      { role: 'tool', toolCallId: 'c1', content: [{ type: 'text', text: 'a.png' }, image] },
      { role: 'tool', toolCallId: 'c2', content: [pdf] },
      { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
    ];
    const { body, adjusted } = translate('openai', { messages });
    const note = 'The content of this result is in the user message that follows.';
    expect(body.messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: `a.png\n${note}` },
      { role: 'tool', tool_call_id: 'c2', content: note },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Content of the result of tool call c1:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
          { type: 'text', text: 'Content of the result of tool call c2:' },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } },
        ],
      },
      { role: 'user', content: 'And now?' },
    ]);
    expect(adjusted).toEqual(['messages[2].content', 'messages[3].content']);
  });

  it('clamps max_tokens to what the model can write, and the stop sequences to four', () => {
    const { body, adjusted } = translate('openai', { maxTokens: 32_000, stop: ['1', '2', '3', '4', '5'] });
    expect(body).toMatchObject({ max_tokens: 16_384, stop: ['1', '2', '3', '4'] });
    expect(adjusted.toSorted()).toEqual(['max_tokens', 'stop']);
    expect(translate('openai', { model: 'unknown-model', maxTokens: 1_000_000 })).toMatchObject({
      body: { max_tokens: 1_000_000 },
      adjusted: [],
    });
  });
});

describe('a tolerant request to Claude', () => {
  it('asks for a JSON object in the system prompt', () => {
    const system: Message = { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] };
    const { body, adjusted } = translate('claude', {
      messages: [system, hello],
      responseFormat: { type: 'json_object' },
    });
    expect(body.system).toBe('Be brief.\n\nReply with one JSON object and nothing else.');
    expect(body).not.toHaveProperty('output_config');
    expect(adjusted).toEqual(['response_format']);
  });

  it('clamps the temperature and max_tokens, and leaves out blank stop sequences', () => {
    const { body, adjusted } = translate('claude', { temperature: 1.7, maxTokens: 1_000_000, stop: ['\n', 'END'] });
    expect(body).toMatchObject({ temperature: 1, max_tokens: 64_000, stop_sequences: ['END'] });
    expect(adjusted.toSorted()).toEqual(['max_tokens', 'stop', 'temperature']);
    expect(translate('claude', { stop: [' '] }).body).not.toHaveProperty('stop_sequences');
  });

  it('sends PDFs as documents, and cache marks where they stand', () => {
    const mark = { cacheControl: {} };
    const messages: Message[] = [
      { role: 'system', content: [{ type: 'text', text: 'Rules.', cacheControl: { ttl: '1h' } }] },
      { role: 'user', content: [pdf, { type: 'text', text: 'Sum up.', ...mark }] },
    ];
    const { body, adjusted } = translate('claude', {
      messages,
      tools: [{ name: 'f', parameters: {}, ...mark }],
      responseFormat: { type: 'json_object' },
    });
    expect(body.system).toEqual([
      { type: 'text', text: 'Rules.', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'Reply with one JSON object and nothing else.' },
    ]);
    expect(body.messages[0].content).toEqual([
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AA==' }, title: 'a.pdf' },
      { type: 'text', text: 'Sum up.', cache_control: { type: 'ephemeral' } },
    ]);
    expect(body.tools[0].cache_control).toEqual({ type: 'ephemeral' });
    expect(adjusted).toEqual(['response_format']);
  });
});

describe('a strict request', () => {
  it.each<[keyof typeof encoders, Partial<ChatRequest>, string]>([
    ['openai', { stop: ['1', '2', '3', '4', '5'] }, 'stop'],
    ['openai', { messages: [lookUp, { role: 'tool', toolCallId: 'c1', content: [image] }] }, 'messages[1].content'],
    ['claude', { temperature: 1.7 }, 'temperature'],
    ['claude', { responseFormat: { type: 'json_object' } }, 'response_format'],
    ['ollama', { messages: [{ role: 'user', content: [pdf] }] }, 'messages[0]'],
  ])('to %s is rejected for what is adjusted elsewhere: %j', (vendor, changes, param) => {
    const request = { model: models[vendor], messages: [hello], ...changes };
    expect(() => encoders[vendor](request)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });

  it('keeps max_tokens as it is', () => {
    expect(encoders.openai({ model: 'gpt-4o-mini', messages: [hello], maxTokens: 32_000 }).max_tokens).toBe(32_000);
  });
});

describe('the translation for a model', () => {
  const sampled = { temperature: 0.5, topP: 0.5, topK: 5 };
  const tool = { name: 'f', parameters: {} };

  it.each<[model: string, request: Partial<ChatRequest>, sent: object, adjusted: string[]]>([
    ['claude-sonnet-4', sampled, { temperature: 0.5, top_p: 0.5, top_k: 5 }, []],
    ['claude-sonnet-4-5', sampled, { temperature: 0.5, top_k: 5 }, ['top_p']],
    ['claude-opus-4-8', sampled, {}, ['temperature', 'top_k', 'top_p']],
    ['claude-opus-4-8', { temperature: 1, topP: 1 }, {}, []],
    ['claude-sonnet-4-6', { ...sampled, reasoningEffort: 'low' }, {}, ['temperature', 'top_k', 'top_p']],
    [
      'claude-sonnet-4-6',
      { ...sampled, reasoningEffort: 'xhigh', tools: [tool], toolChoice: 'required' },
      { temperature: 0.5, top_k: 5 },
      ['reasoning_effort', 'top_p'],
    ],
    ['claude-3-haiku', { reasoningEffort: 'low' }, {}, ['reasoning_effort']],
    ['claude-3-haiku', { reasoningEffort: 'none' }, {}, []],
  ])('omits parameters that %s of Claude rejects: %j', (model, request, sent, expected) => {
    const { body, adjusted } = translate('claude', { model, ...request });
    const { temperature, top_p, top_k } = body;
    expect(JSON.parse(JSON.stringify({ temperature, top_p, top_k }))).toEqual(sent);
    expect(adjusted.toSorted()).toEqual(expected);
  });

  it.each<[model: string, request: Partial<ChatRequest>, sent: object, adjusted: string[]]>([
    ['gpt-4o', { temperature: 0.5, stop: ['x'] }, { temperature: 0.5, stop: ['x'] }, []],
    ['gpt-4o', { reasoningEffort: 'high' }, {}, ['reasoning_effort']],
    ['gpt-5-mini', { temperature: 0.5, topP: 1, stop: ['x'] }, {}, ['stop', 'temperature']],
    ['gpt-5-mini', { reasoningEffort: 'max' }, { reasoning_effort: 'high' }, ['reasoning_effort']],
    ['o3-mini', { stop: ['x'] }, { stop: ['x'] }, []],
    ['gpt-5.2', { temperature: 0.5, reasoningEffort: 'none' }, { temperature: 0.5, reasoning_effort: 'none' }, []],
    ['unknown', { temperature: 0.5, reasoningEffort: 'max' }, { temperature: 0.5, reasoning_effort: 'max' }, []],
  ])('omits parameters that %s of OpenAI rejects: %j', (model, request, sent, expected) => {
    const { body, adjusted } = translate('openai', { model, ...request });
    const { model: _model, messages: _messages, ...fields } = body;
    expect(fields).toEqual(sent);
    expect(adjusted.toSorted()).toEqual(expected);
  });

  it('moves a schema that Claude cannot enforce into the system prompt', () => {
    const schema = { type: 'object', properties: { a: { type: 'integer', minimum: 0 } } };
    const { body, adjusted } = translate('claude', { responseFormat: { type: 'json_schema', name: 'r', schema } });
    expect(body.system).toBe(`Reply with JSON and nothing else. It fits this JSON Schema:\n${JSON.stringify(schema)}`);
    expect([body.output_config, adjusted]).toEqual([undefined, ['response_format']]);
    const open = { type: 'object', properties: { a: { type: 'integer' } } };
    const closed = translate('claude', { responseFormat: { type: 'json_schema', name: 'r', schema: open } });
    expect(closed.body.output_config.format.schema).toEqual({ ...open, additionalProperties: false });
    expect(closed.adjusted).toEqual(['response_format']);
  });

  it.each(['openai', 'claude'] as const)('drops strict from a tool with an open schema, at %s', (vendor) => {
    const open = { name: 'f', parameters: { type: 'object', properties: { a: {} } }, strict: true };
    const { body, adjusted } = translate(vendor, { tools: [open] });
    expect(JSON.stringify(body.tools)).not.toContain('strict');
    expect(adjusted).toEqual(['tools[0].strict']);
  });

  it('adds user messages around an assistant message for Claude', () => {
    const greeting: Message = { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] };
    const { body, adjusted } = translate('claude', { model: 'claude-opus-4-8', messages: [greeting] });
    expect(body.messages.map(({ role }: { role: string }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(adjusted).toEqual(['messages[0]']);
  });
});

it.each(['openai', 'ollama'] as const)('says in a result at %s that its tool failed', (vendor) => {
  const result = { role: 'tool', toolCallId: 'c1', content: [{ type: 'text', text: 'no' }], isError: true } as const;
  const { body, adjusted } = translate(vendor, { messages: [hello, lookUp, result] });
  expect(body.messages[2].content).toBe('The tool failed:\nno');
  expect(adjusted).toEqual(['messages[2]']);
});
