import type { FieldPolicy, ObjectPolicy } from '../field-policy.ts';

/** A block of text. Cache marks and citations mean something to Claude only. */
const text: ObjectPolicy = {
  fields: { type: 'mapped', text: 'mapped', cache_control: 'dropped', citations: 'dropped' },
};
const image: ObjectPolicy = {
  fields: { type: 'mapped', source: 'mapped', transformations: 'dropped', cache_control: 'dropped' },
};
const document: ObjectPolicy = {
  fields: {
    type: 'mapped',
    source: 'mapped',
    title: 'mapped',
    context: 'mapped',
    citations: 'dropped',
    cache_control: 'dropped',
  },
};
const searchResult: ObjectPolicy = {
  fields: {
    type: 'mapped',
    source: 'mapped',
    title: 'mapped',
    content: { each: text },
    citations: 'dropped',
    cache_control: 'dropped',
  },
};

/** Calls and results of the tools that Anthropic runs, and marks of its API. No other vendor has run them. */
const serverBlocks = [
  'server_tool_use',
  'web_search_tool_result',
  'web_fetch_tool_result',
  'advisor_tool_result',
  'code_execution_tool_result',
  'bash_code_execution_tool_result',
  'text_editor_code_execution_tool_result',
  'tool_search_tool_result',
  'mcp_tool_use',
  'mcp_tool_result',
  'mcp_tool_listing',
  'tool_addition',
  'tool_removal',
  'fallback',
];

const toolResult: ObjectPolicy = {
  fields: {
    type: 'mapped',
    tool_use_id: 'mapped',
    content: {
      each: {
        by: 'type',
        variants: { text, image, document, search_result: searchResult, tool_reference: 'dropped' },
        others: 'mapped',
        absent: 'mapped',
      },
    },
    is_error: 'mapped',
    toolset_name: 'dropped',
    cache_control: 'dropped',
  },
};

const blocks: FieldPolicy = {
  each: {
    by: 'type',
    variants: {
      text,
      image,
      document,
      search_result: searchResult,
      tool_use: {
        fields: {
          type: 'mapped',
          id: 'mapped',
          name: 'mapped',
          input: 'mapped',
          caller: 'dropped',
          toolset_name: 'dropped',
          cache_control: 'dropped',
        },
      },
      tool_result: toolResult,
      thinking: { fields: { type: 'mapped', thinking: 'mapped', signature: 'mapped', cache_control: 'dropped' } },
      redacted_thinking: 'dropped',
      compaction: { fields: { type: 'mapped', content: 'mapped', cache_control: 'dropped' } },
      ...Object.fromEntries(serverBlocks.map((type) => [type, 'dropped' as const])),
    },
    // Content that is not understood is not left out: the request schema rejects it.
    others: 'mapped',
    absent: 'mapped',
  },
};

const tool: ObjectPolicy = {
  fields: {
    type: 'mapped',
    name: 'mapped',
    description: 'mapped',
    input_schema: 'mapped',
    strict: 'mapped',
    cache_control: 'dropped',
    eager_input_streaming: 'dropped',
    input_examples: 'dropped',
    defer_loading: 'dropped',
    allowed_callers: 'dropped',
  },
};

const promptFields = {
  model: 'mapped',
  messages: { each: { fields: { role: 'mapped', content: blocks } } },
  system: { each: text },
  // Tools that Anthropic runs itself have a type of their own.
  tools: { each: { by: 'type', variants: { custom: tool }, others: 'dropped', absent: tool } },
  tool_choice: {
    fields: { type: 'mapped', name: 'mapped', disable_parallel_tool_use: 'mapped' },
  },
  thinking: { fields: { type: 'mapped', budget_tokens: 'mapped', display: 'dropped' } },
  output_config: { fields: { effort: 'mapped', format: 'mapped', task_budget: 'dropped' } },
  output_format: 'mapped',
  cache_control: 'dropped',
  context_management: 'dropped',
  mcp_servers: 'dropped',
  speed: 'dropped',
} as const satisfies Readonly<Record<string, FieldPolicy>>;

/**
 * What the translation of a Messages request does with each field of `MessageCreateParams`. Fields that no list names are dropped.
 */
export const anthropicMessagesPolicy: ObjectPolicy = {
  fields: {
    ...promptFields,
    max_tokens: 'mapped',
    temperature: 'mapped',
    top_p: 'mapped',
    top_k: ({ protocol, hasTopK }) => (protocol === 'ollama' || hasTopK ? 'mapped' : 'dropped'),
    stop_sequences: 'mapped',
    stream: 'mapped',
    metadata: { fields: { user_id: 'mapped' } },
    billing_policy: 'dropped',
    compaction: 'dropped',
    container: 'dropped',
    diagnostics: 'dropped',
    fallback_credit_token: 'dropped',
    fallbacks: 'dropped',
    inference_geo: 'dropped',
    service_tier: 'dropped',
    thread: 'dropped',
    user_profile_id: 'dropped',
    workspace_id: 'dropped',
  },
};

/** The same for counting the tokens of a prompt. */
export const anthropicCountTokensPolicy: ObjectPolicy = { fields: promptFields };
