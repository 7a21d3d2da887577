import type { WireProtocol } from '../../providers/descriptor.ts';
import type { FieldClass, FieldPolicy, ObjectPolicy, VariantsPolicy } from '../field-policy.ts';

/** One class at the targets that speak OpenAI's protocol, another at all others. */
function atOpenAi(openai: FieldClass, others: FieldClass): FieldPolicy {
  return at({ openai }, others);
}

function at(classes: Partial<Readonly<Record<WireProtocol, FieldClass>>>, others: FieldClass): FieldPolicy {
  return ({ protocol }) => classes[protocol] ?? others;
}

/** A block of text. Cache marks and citations mean something to Claude only. */
const text: ObjectPolicy = {
  fields: { type: 'mapped', text: 'mapped', cache_control: 'dropped', citations: 'dropped' },
};
const image: ObjectPolicy = {
  fields: {
    type: 'mapped',
    source: {
      by: 'type',
      variants: {
        base64: { fields: { type: 'mapped', media_type: 'mapped', data: 'mapped' } },
        url: {
          fields: { type: at({ ollama: 'essential' }, 'mapped'), url: at({ ollama: 'essential' }, 'mapped') },
        },
        file: 'essential',
      },
      others: 'essential',
      absent: 'essential',
    },
    transformations: 'dropped',
    cache_control: 'dropped',
  },
};
const pdf = at({ ollama: 'essential' }, 'mapped');
const document: ObjectPolicy = {
  fields: {
    type: 'mapped',
    source: {
      by: 'type',
      variants: {
        base64: { fields: { type: pdf, media_type: pdf, data: pdf } },
        text: { fields: { type: 'emulated', media_type: 'emulated', data: 'emulated' } },
        content: {
          fields: {
            type: 'emulated',
            content: { each: { by: 'type', variants: { text, image }, others: 'essential', absent: 'essential' } },
          },
        },
        url: 'essential',
        file: 'essential',
      },
      others: 'essential',
      absent: 'essential',
    },
    title: 'emulated',
    context: 'emulated',
    citations: 'dropped',
    cache_control: 'dropped',
  },
};
const searchResult: ObjectPolicy = {
  fields: {
    type: 'emulated',
    source: 'emulated',
    title: 'emulated',
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

/** In OpenAI's protocol what is no text stands in a user message behind the results. */
const attached = atOpenAi('emulated', 'mapped');

const toolResult: ObjectPolicy = {
  fields: {
    type: 'mapped',
    tool_use_id: 'mapped',
    content: {
      each: {
        by: 'type',
        variants: {
          text,
          image: { fields: { ...image.fields, type: attached } },
          document: { fields: { ...document.fields, type: attached } },
          search_result: searchResult,
          tool_reference: 'dropped',
          browser_state: 'dropped',
        },
        others: 'essential',
        absent: 'essential',
      },
    },
    is_error: 'emulated',
    toolset_name: 'dropped',
    cache_control: 'dropped',
  },
};

const blocks: { readonly each: VariantsPolicy } = {
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
      compaction: {
        fields: {
          type: 'emulated',
          content: 'emulated',
          encrypted_content: 'dropped',
          signature: 'dropped',
          tool_changes: 'dropped',
          cache_control: 'dropped',
        },
      },
      // A file by its id.
      container_upload: 'essential',
      ...Object.fromEntries(serverBlocks.map((type) => [type, 'dropped' as const])),
    },
    // Content that is not understood is not left out: the request schema rejects it.
    others: 'essential',
    absent: 'essential',
  },
};

const message: ObjectPolicy = { fields: { role: 'mapped', content: blocks } };
const messages: FieldPolicy = {
  each: {
    by: 'role',
    variants: {
      user: message,
      assistant: message,
      system: { fields: { ...message.fields, clear_at: 'dropped', output_config: 'dropped' } },
    },
    others: 'essential',
    absent: 'essential',
  },
};

const tool: ObjectPolicy = {
  fields: {
    type: 'mapped',
    name: 'mapped',
    description: 'mapped',
    input_schema: 'mapped',
    strict: ({ protocol }, value) => {
      if (protocol === 'openai') return 'clamped';
      return protocol === 'ollama' && value !== false ? 'dropped' : 'mapped';
    },
    cache_control: 'dropped',
    eager_input_streaming: 'dropped',
    input_examples: 'dropped',
    defer_loading: 'dropped',
    allowed_callers: 'dropped',
  },
};

const forced = at({ ollama: 'emulated' }, 'mapped');
const disable_parallel_tool_use = at({ ollama: 'emulated' }, 'mapped');
const toolChoice: FieldPolicy = {
  by: 'type',
  variants: {
    auto: { fields: { type: 'mapped', disable_parallel_tool_use } },
    any: { fields: { type: forced, disable_parallel_tool_use } },
    tool: { fields: { type: forced, name: forced, disable_parallel_tool_use } },
    none: { fields: { type: 'mapped', disable_parallel_tool_use: 'dropped' } },
  },
  others: 'essential',
  absent: 'essential',
};

/** Whether and how thinking is shown, and what happens to that of earlier turns, is Claude's own affair. */
const thinkingHints = { display: 'dropped', block_binding: 'dropped' } as const;
const thinking: FieldPolicy = {
  by: 'type',
  variants: {
    enabled: { fields: { type: 'clamped', budget_tokens: 'emulated', ...thinkingHints } },
    adaptive: { fields: { type: 'clamped', ...thinkingHints } },
    disabled: { fields: { type: 'mapped' } },
    between_tools: { fields: { type: 'clamped' } },
  },
  others: 'essential',
  absent: 'essential',
};

const jsonFormat: ObjectPolicy = { fields: { type: 'mapped', schema: 'mapped' } };

const promptFields = {
  model: 'mapped',
  messages,
  system: { each: text },
  // Tools that Anthropic defines have a type of their own.
  tools: { each: { by: 'type', variants: { custom: tool }, others: 'dropped', absent: tool } },
  tool_choice: toolChoice,
  thinking,
  output_config: { fields: { effort: 'clamped', format: jsonFormat, task_budget: 'dropped' } },
  output_format: jsonFormat,
  cache_control: 'dropped',
  context_management: 'dropped',
  mcp_servers: 'dropped',
  speed: 'dropped',
} as const satisfies Readonly<Record<string, FieldPolicy>>;

/** Reasoning models of OpenAI's take no sampling parameters, nor stop sequences. */
const sampling = atOpenAi('clamped', 'mapped');

/**
 * What the translation of a Messages request does with each field of `MessageCreateParams`. Fields that no list names are dropped.
 */
export const anthropicMessagesPolicy: ObjectPolicy = {
  fields: {
    ...promptFields,
    max_tokens: atOpenAi('clamped', 'mapped'),
    temperature: sampling,
    top_p: sampling,
    top_k: ({ protocol, hasTopK }) => (protocol === 'ollama' || hasTopK ? 'mapped' : 'dropped'),
    stop_sequences: sampling,
    stream: 'mapped',
    metadata: { fields: { user_id: at({ ollama: 'dropped' }, 'mapped') } },
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
