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
