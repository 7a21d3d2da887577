import { describe, expect, it } from 'vitest';
import type { ChatRequest, Message } from '../../../../src/domain/request.ts';
import { TranslationReport } from '../../../../src/domain/translation-report.ts';
import { encodeOpenAiChatRequest } from '../../../../src/providers/openai/encode-openai-chat-request.ts';
import { getDescriptor } from '../../../support/provider-options.ts';

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const system = (text: string): Message => ({ role: 'system', content: [{ type: 'text', text }] });
const call = (id: string): Message => ({
  role: 'assistant',
  content: [{ type: 'tool_call', id, name: 'f', argumentsJson: '{}' }],
});
const result = (toolCallId: string): Message => ({
  role: 'tool',
  toolCallId,
  content: [{ type: 'text', text: 'done' }],
});
const f = { name: 'f', parameters: { type: 'object' } };
const schema = { type: 'object', properties: { a: { type: 'string' } } };

interface Encoded {
  readonly [field: string]: unknown;
  readonly messages: { role: string; content: unknown; tool_calls?: { id: string }[]; tool_call_id?: string }[];
}

/** The body for a vendor as it stands on the wire, and what was reported of it. */
function translate(vendor: string, model: string, changes: Partial<ChatRequest>, stream = false) {
  const translation = new TranslationReport();
  const request = { model, messages: [user('Hi')], ...changes, translation };
  const body: Encoded = JSON.parse(JSON.stringify(encodeOpenAiChatRequest(request, getDescriptor(vendor), stream)));
  const { dropped, adjusted } = translation;
  return { body, dropped: dropped.map(String), adjusted: adjusted.map(String) };
}

const penalties = { frequencyPenalty: 0.5, presencePenalty: 0.5 };
const sampling = { temperature: 2, topP: 0.5, seed: 7, stop: ['a', 'b'], ...penalties, userId: 'user-7' };

/** What each vendor gets of the same sampling parameters. */
const samplings: readonly (readonly [
  vendor: string,
  model: string,
  sent: object,
  dropped: string,
  adjusted: string,
])[] = [
  [
    'mistral',
    'mistral-large-latest',
    { temperature: 1.5, top_p: 0.5, random_seed: 7, stop: ['a', 'b'], frequency_penalty: 0.5, presence_penalty: 0.5 },
    '',
    'temperature',
  ],
  [
    'deepseek',
    'deepseek-chat',
    {
      ...{ temperature: 2, top_p: 0.5, seed: 7, stop: ['a', 'b'], frequency_penalty: 0.5, presence_penalty: 0.5 },
      user: 'user-7',
    },
    '',
    '',
  ],
  [
    'xai',
    'grok-4.3',
    { temperature: 2, top_p: 0.5, seed: 7, user: 'user-7' },
    'stop,frequency_penalty,presence_penalty',
    '',
  ],
  [
    'xai',
    'grok-4.20-0309-non-reasoning',
    {
      ...{ temperature: 2, top_p: 0.5, seed: 7, stop: ['a', 'b'], frequency_penalty: 0.5, presence_penalty: 0.5 },
      user: 'user-7',
    },
    '',
    '',
  ],
  [
    'moonshot',
    'kimi-k2.6',
    { seed: 7, stop: ['a', 'b'], user: 'user-7' },
    'temperature,top_p,frequency_penalty,presence_penalty',
    '',
  ],
  [
    'moonshot',
    'moonshot-v1-8k',
    {
      ...{ temperature: 1, top_p: 0.5, seed: 7, stop: ['a', 'b'], frequency_penalty: 0.5, presence_penalty: 0.5 },
      user: 'user-7',
    },
    '',
    'temperature',
  ],
  [
    'zai',
    'glm-5',
    {
      ...{ temperature: 1, top_p: 0.5, seed: 7, stop: ['a'], frequency_penalty: 0.5, presence_penalty: 0.5 },
      user: 'user-7',
    },
    '',
    'temperature,stop',
  ],
  [
    'gemini',
    'gemini-3.5-flash',
    { temperature: 2, top_p: 0.5, stop: ['a', 'b'] },
    'frequency_penalty,presence_penalty,seed',
    '',
  ],
  [
    'perplexity',
    'sonar',
    { temperature: 1.99, top_p: 0.5, frequency_penalty: 0.5, presence_penalty: 0.5 },
    'stop,seed',
    'temperature',
  ],
  [
    'cerebras',
    'gpt-oss-120b',
    { temperature: 1.5, top_p: 0.5, seed: 7, stop: ['a', 'b'], user: 'user-7' },
    'frequency_penalty,presence_penalty',
    'temperature',
  ],
  [
    'groq',
    'llama-3.3-70b-versatile',
    {
      ...{ temperature: 2, top_p: 0.5, seed: 7, stop: ['a', 'b'], frequency_penalty: 0.5, presence_penalty: 0.5 },
      user: 'user-7',
    },
    '',
    '',
  ],
];

describe('sampling parameters', () => {
  it.each(samplings)('reach %s, model %s, as far as it takes them', (vendor, model, sent, dropped, adjusted) => {
    const { body, ...report } = translate(vendor, model, sampling);
    const { model: _, messages, ...fields } = body;
    expect(fields).toEqual(sent);
    expect(messages).toEqual([{ role: 'user', content: 'Hi' }]);
    expect(report).toEqual({
      dropped: dropped.split(',').filter(Boolean),
      adjusted: adjusted.split(',').filter(Boolean),
    });
  });

  it('are refused in a strict request, with the name of the field', () => {
    const encode = (vendor: string, model: string, changes: object) =>
      encodeOpenAiChatRequest({ model, messages: [user('Hi')], ...changes }, getDescriptor(vendor), false);
    expect(() => encode('gemini', 'gemini-3.5-flash', { seed: 1 })).toThrow(
      expect.objectContaining({ param: 'seed', message: 'seed: is refused by Gemini: leave it out.' }),
    );
    expect(() => encode('moonshot', 'moonshot-v1-8k', { temperature: 1.2 })).toThrow(
      'temperature: must be from 0 to 1 for Moonshot AI.',
    );
    expect(() => encode('zai', 'glm-5', { tools: [f], toolChoice: 'required' })).toThrow(/^tool_choice: must be auto/);
    const responseFormat = { type: 'json_schema', name: 'a', schema };
    expect(() => encode('deepseek', 'deepseek-chat', { responseFormat })).toThrow(/^response_format: must be json_obj/);
    // An end user's id is a hint.
    expect(encode('mistral', 'mistral-small-latest', { userId: 'user-7' })).not.toHaveProperty('user', 'user-7');
  });
});

it('refuses a field that would be lost where the client wants to lose none', () => {
  const translation = new TranslationReport(undefined, () => 'send the request without x-gateway-strict');
  const encode = (changes: Partial<ChatRequest>) =>
    encodeOpenAiChatRequest(
      { model: 'gemini-3.5-flash', messages: [user('Hi')], ...changes, translation },
      getDescriptor('gemini'),
      false,
    );
  expect(() => encode({ seed: 1 })).toThrow(
    'seed: is not supported by Gemini: leave it out, or send the request without x-gateway-strict.',
  );
  expect(encode({ userId: 'user-7', stop: ['a'] })).toMatchObject({ stop: ['a'] });
});

describe('the count of tokens', () => {
  it.each([
    ['mistral', 'mistral-small-latest', undefined],
    ['perplexity', 'sonar', undefined],
    ['groq', 'llama-3.3-70b-versatile', { include_usage: true }],
    ['gemini', 'gemini-3.5-flash', { include_usage: true }],
  ])('is asked of %s only where it takes the question', (vendor, model, expected) => {
    expect(translate(vendor, model, {}, true).body.stream_options).toEqual(expected);
  });
});

describe('the maximum of output tokens', () => {
  it.each([
    ['azure-openai', 'my-deployment', 'max_completion_tokens', 64],
    ['mistral', 'mistral-large-latest', 'max_tokens', 64],
    ['openrouter', 'openai/gpt-4o', 'max_tokens', 64],
  ])('has the field of %s', (vendor, model, field, maxTokens) => {
    expect(translate(vendor, model, { maxTokens }).body).toHaveProperty(field, maxTokens);
  });

  it('is reduced to what a model of the catalogue can write', () => {
    const { body, adjusted } = translate('moonshot', 'kimi-k2.6', { maxTokens: 10_000_000 });
    expect(body.max_tokens).toBe(262_144);
    expect(adjusted).toEqual(['max_tokens']);
  });
});

describe('a forced tool', () => {
  it.each([
    ['moonshot', 'kimi-k2.6', 'auto'],
    ['zai', 'glm-5', 'auto'],
    ['deepseek', 'deepseek-reasoner', 'auto'],
    ['alibaba', 'qwen3.5-plus', 'auto'],
    ['deepseek', 'deepseek-chat', 'required'],
    ['alibaba', 'qwen-plus', 'required'],
    ['groq', 'llama-3.3-70b-versatile', 'required'],
  ])('at %s, model %s, becomes %s', (vendor, model, expected) => {
    const { body, adjusted } = translate(vendor, model, { tools: [f], toolChoice: 'required' });
    expect(body.tool_choice).toBe(expected);
    expect(adjusted).toEqual(expected === 'required' ? [] : ['tool_choice']);
  });
});

describe('a JSON schema', () => {
  it('becomes JSON mode and a system message where the vendor has no schemas', () => {
    const messages = [system('Be brief.'), user('Hi')];
    const responseFormat = { type: 'json_schema', name: 'a', schema } as const;
    const { body, adjusted } = translate('deepseek', 'deepseek-chat', { messages, responseFormat });
    expect(body.response_format).toEqual({ type: 'json_object' });
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'system', 'user']);
    expect(body.messages[1]?.content).toContain(JSON.stringify(schema));
    expect(adjusted).toEqual(['response_format']);
  });
});

describe('the conversation', () => {
  const picture = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } } as const;

  it('has ids of nine characters at Mistral, the same in each turn, for a call and its result', () => {
    const first = [user('Hi'), call('call_abc'), result('call_abc'), call('AbCdEf123'), result('AbCdEf123')];
    const later = [...first, call('toolu_01'), result('toolu_01')];
    const idsOf = (messages: Message[]) =>
      translate('mistral', 'mistral-small-latest', { messages, tools: [f] }).body.messages.flatMap(
        ({ tool_calls, tool_call_id }) => tool_call_id ?? tool_calls?.map(({ id }) => id) ?? [],
      );
    expect(idsOf(first)).toEqual(['000000001', '000000001', 'AbCdEf123', 'AbCdEf123']);
    expect(idsOf(later)).toEqual([...idsOf(first), '000000002', '000000002']);
    expect(idsOf([call('000000001'), result('000000001'), call('x'), result('x')])).toEqual([
      ...['000000001', '000000001'],
      ...['000000002', '000000002'],
    ]);
  });

  it('has no user message directly behind tool results at Mistral, also one that holds their pictures', () => {
    const roles = (messages: Message[]) =>
      translate('mistral', 'mistral-small-latest', { messages, tools: [f] }).body.messages.map(({ role }) => role);
    expect(roles([user('Hi'), call('a'), result('a'), user('And?')])).toEqual([
      ...['user', 'assistant', 'tool', 'assistant', 'user'],
    ]);
    const shown: Message = { role: 'tool', toolCallId: 'a', content: [picture] };
    expect(roles([user('Hi'), call('a'), shown])).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
    expect(roles([user('Hi'), call('a'), result('a')])).toEqual(['user', 'assistant', 'tool']);
  });

  it('has one user message at a time at Perplexity', () => {
    const messages: Message[] = [user('a'), user('b'), { role: 'user', content: [picture] }];
    const { body } = translate('perplexity', 'sonar', { messages });
    expect(body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a\n\nb' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ]);
  });
});
