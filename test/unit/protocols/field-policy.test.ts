import type { MessageCreateParamsBase as BetaMessageParams } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { MessageCreateParamsBase as MessageParams } from '@anthropic-ai/sdk/resources/messages/messages';
import type { ChatCompletionCreateParamsBase as ChatParams } from 'openai/resources/chat/completions/completions';
import { describe, expect, it } from 'vitest';
import { formatFieldPath } from '../../../src/domain/error-issue.ts';
import { TranslationReport } from '../../../src/domain/translation-report.ts';
import { anthropicMessagesPolicy } from '../../../src/protocols/anthropic/anthropic-field-policy.ts';
import { dropFields, type ObjectPolicy } from '../../../src/protocols/field-policy.ts';
import { openAiChatPolicy } from '../../../src/protocols/openai/openai-field-policy.ts';
import type { TranslationTarget } from '../../../src/providers/provider.ts';

const claude: TranslationTarget = { protocol: 'anthropic' };
const openAi: TranslationTarget = { protocol: 'openai' };
const ollama: TranslationTarget = { protocol: 'ollama' };

function drop(policy: ObjectPolicy, body: Readonly<Record<string, unknown>>, target = openAi) {
  const report = new TranslationReport();
  return { body: dropFields(body, policy, target, report), dropped: report.dropped.map(formatFieldPath) };
}

describe('dropFields', () => {
  const policy: ObjectPolicy = {
    fields: {
      kept: 'mapped',
      hint: 'dropped',
      ours: ({ protocol }) => (protocol === 'anthropic' ? 'mapped' : 'dropped'),
      list: {
        each: {
          by: 'type',
          variants: { a: { fields: { type: 'mapped', value: 'mapped' } }, gone: 'dropped' },
          others: 'mapped',
          absent: 'dropped',
        },
      },
    },
  };

  it('returns the same object where nothing is lost', () => {
    const body = { kept: { any: { thing: null } }, list: [{ type: 'a', value: 1 }, { type: 'other', x: 1 }, 'text'] };
    const { body: result, dropped } = drop(policy, body);
    expect(result).toBe(body);
    expect(dropped).toEqual([]);
  });

  it('drops hints and unknown fields at every level, and reports their paths', () => {
    const list = [{ type: 'a', value: 1, extra: 2 }, { type: 'gone' }, { value: 3 }, { type: 'other', x: 1 }];
    expect(drop(policy, { kept: 1, hint: 2, surprise: 3, list })).toEqual({
      body: {
        kept: 1,
        list: [
          { type: 'a', value: 1 },
          { type: 'other', x: 1 },
        ],
      },
      dropped: ['hint', 'surprise', 'list[0].extra', 'list[1]', 'list[2]'],
    });
  });

  it('takes null for absent, without a report', () => {
    expect(drop(policy, { kept: null, hint: null, list: [{ type: 'a', value: null }] })).toEqual({
      body: { list: [{ type: 'a' }] },
      dropped: [],
    });
  });

  it('decides by the target', () => {
    expect(drop(policy, { ours: 1 }, claude)).toEqual({ body: { ours: 1 }, dropped: [] });
    expect(drop(policy, { ours: 1 }, ollama)).toEqual({ body: {}, dropped: ['ours'] });
  });

  it('leaves values of another type to the request schema', () => {
    const body = { list: { type: 'a' }, kept: 5 };
    expect(drop(policy, body).body).toBe(body);
  });

  it.each(['__proto__', 'constructor', 'toString'])('treats %s as an unknown name', (name) => {
    const body = JSON.parse(`{"kept":1,"${name}":{"kept":2},"list":[{"type":"${name}"}]}`);
    expect(drop(policy, body)).toEqual({ body: { kept: 1, list: [{ type: name }] }, dropped: [name] });
  });
});

/** Fails to compile where the SDK gains a field. */
const chatFields: Record<keyof ChatParams, true> = {
  messages: true,
  model: true,
  audio: true,
  frequency_penalty: true,
  function_call: true,
  functions: true,
  logit_bias: true,
  logprobs: true,
  max_completion_tokens: true,
  max_tokens: true,
  metadata: true,
  modalities: true,
  moderation: true,
  n: true,
  parallel_tool_calls: true,
  prediction: true,
  presence_penalty: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning_effort: true,
  response_format: true,
  safety_identifier: true,
  seed: true,
  service_tier: true,
  stop: true,
  store: true,
  stream: true,
  stream_options: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  user: true,
  verbosity: true,
  web_search_options: true,
};

const messageFields: Record<Exclude<keyof MessageParams | keyof BetaMessageParams, 'betas'>, true> = {
  max_tokens: true,
  messages: true,
  model: true,
  billing_policy: true,
  cache_control: true,
  compaction: true,
  container: true,
  context_management: true,
  diagnostics: true,
  fallback_credit_token: true,
  fallbacks: true,
  inference_geo: true,
  mcp_servers: true,
  metadata: true,
  output_config: true,
  output_format: true,
  service_tier: true,
  speed: true,
  stop_sequences: true,
  stream: true,
  system: true,
  thinking: true,
  thread: true,
  tool_choice: true,
  tools: true,
  user_profile_id: true,
  workspace_id: true,
};

/** Not in the types of the SDK's last version, but in those of earlier ones. */
const formerMessageFields = ['temperature', 'top_k', 'top_p'];

describe('the policies', () => {
  it.each([
    ['Chat Completions', openAiChatPolicy, Object.keys(chatFields)],
    ['Messages', anthropicMessagesPolicy, [...Object.keys(messageFields), ...formerMessageFields]],
  ])('give every field of the SDK’s %s request a class, and no other', (_, { fields }, names) => {
    expect(Object.keys(fields).toSorted()).toEqual(names.toSorted());
  });

  const tool = { type: 'function', function: { name: 'f' } };
  it.each<[string, TranslationTarget, object, string[]]>([
    ['a seed for Claude', claude, { seed: 1 }, ['seed']],
    ['no seed for Ollama', ollama, { seed: 1 }, []],
    ['a name', claude, { messages: [{ role: 'assistant', content: 'a', name: 'n' }] }, ['messages[0].name']],
    [
      'cache marks for others than Claude',
      ollama,
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'text', text: 'a', cache_control: {} }],
            cache_control: { type: 'ephemeral' },
          },
        ],
        tools: [{ ...tool, cache_control: {} }],
      },
      ['messages[0].content[0].cache_control', 'messages[0].cache_control', 'tools[0].cache_control'],
    ],
    ['no cache marks for Claude', claude, { messages: [{ role: 'user', content: 'a', cache_control: {} }] }, []],
    ['hosted tools', ollama, { tools: [tool, { type: 'web_search' }] }, ['tools[1]']],
    [
      'fields of other SDKs in a history',
      claude,
      {
        messages: [
          {
            role: 'assistant',
            id: 'x',
            provider_specific_fields: {},
            content: [{ type: 'text', text: 'a', role: 'assistant', annotations: [], refusal: null }],
          },
        ],
      },
      [
        'messages[0].id',
        'messages[0].provider_specific_fields',
        'messages[0].content[0].role',
        'messages[0].content[0].annotations',
      ],
    ],
  ])('drop %s from a Chat Completions request', (_, target, fields, dropped) => {
    expect(drop(openAiChatPolicy, { model: 'm', ...fields }, target).dropped).toEqual(dropped);
  });

  it('drop what Claude Code sends from a Messages request', () => {
    const body = {
      model: 'm',
      max_tokens: 32_000,
      system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral' } }],
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      thinking: { type: 'adaptive', display: 'omitted' },
      output_config: { effort: 'high' },
      tools: [
        { name: 'f', input_schema: { type: 'object' }, defer_loading: true },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
      messages: [{ role: 'user', content: 'a' }],
    };
    const { body: result, dropped } = drop(anthropicMessagesPolicy, body);
    expect(dropped).toEqual([
      'system[0].cache_control',
      'context_management',
      'thinking.display',
      'tools[0].defer_loading',
      'tools[1]',
    ]);
    expect(result).toEqual({
      model: 'm',
      max_tokens: 32_000,
      system: [{ type: 'text', text: 's' }],
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
      tools: [{ name: 'f', input_schema: { type: 'object' } }],
      messages: [{ role: 'user', content: 'a' }],
    });
  });

  it.each<[TranslationTarget, string[]]>([
    [openAi, ['top_k']],
    [{ protocol: 'stub', hasTopK: true }, []],
    [ollama, []],
  ])('decide on top_k by the vendor: %j', (target, dropped) => {
    expect(drop(anthropicMessagesPolicy, { top_k: 5 }, target).dropped).toEqual(dropped);
  });
});
