import type { FieldPolicy, ObjectPolicy } from '../field-policy.ts';
import { at, atAnthropic, strict } from './openai-field-policy.ts';
import { responsesItemsPolicy } from './openai-responses-item-policy.ts';

const toolHints = { defer_loading: 'dropped', allowed_callers: 'dropped', async: 'dropped' } as const;
const functionTool: ObjectPolicy = {
  fields: {
    type: 'mapped',
    name: 'mapped',
    description: 'mapped',
    parameters: 'mapped',
    strict,
    output_schema: 'dropped',
    ...toolHints,
  },
};
const customTool: ObjectPolicy = {
  fields: {
    type: 'emulated',
    name: 'mapped',
    description: 'mapped',
    format: {
      by: 'type',
      variants: {
        text: { fields: { type: 'emulated' } },
        grammar: { fields: { type: 'emulated', syntax: 'emulated', definition: 'emulated' } },
      },
      others: 'dropped',
      absent: 'dropped',
    },
    ...toolHints,
  },
};
const tools: FieldPolicy = {
  each: {
    by: 'type',
    variants: {
      function: functionTool,
      custom: customTool,
      namespace: {
        fields: {
          type: 'emulated',
          name: 'emulated',
          description: 'dropped',
          tools: {
            each: {
              by: 'type',
              variants: { function: functionTool, custom: customTool },
              others: 'dropped',
              absent: 'essential',
            },
          },
        },
      },
    },
    // Tools that the vendor runs itself.
    others: 'dropped',
    absent: 'essential',
  },
};

const forced = at({ ollama: 'emulated' }, 'mapped');
const listedTool: ObjectPolicy = { fields: { type: 'emulated', name: 'emulated', namespace: 'emulated' } };
/** The types of tools that a vendor runs itself. They are left out, and so cannot be forced. */
const hostedTools = [
  'apply_patch',
  'code_interpreter',
  'computer',
  'computer_use',
  'computer_use_preview',
  'file_search',
  'image_generation',
  'mcp',
  'programmatic_tool_calling',
  'shell',
  'web_search_preview',
  'web_search_preview_2025_03_11',
];
const toolChoice: FieldPolicy = {
  by: 'type',
  variants: {
    ...Object.fromEntries(hostedTools.map((type) => [type, 'essential' as const])),
    function: { fields: { type: forced, name: forced, namespace: 'emulated' } },
    custom: { fields: { type: 'emulated', name: 'emulated', namespace: 'emulated' } },
    allowed_tools: {
      fields: {
        type: 'emulated',
        mode: 'emulated',
        tools: {
          each: {
            by: 'type',
            variants: { function: listedTool, custom: listedTool },
            others: 'dropped',
            absent: listedTool,
          },
        },
      },
    },
  },
  others: 'essential',
  absent: 'essential',
};

const format: FieldPolicy = {
  by: 'type',
  variants: {
    text: { fields: { type: 'mapped' } },
    json_object: { fields: { type: atAnthropic('emulated', 'mapped') } },
    json_schema: {
      fields: {
        type: 'mapped',
        name: at({ anthropic: 'dropped', ollama: 'dropped' }, 'mapped'),
        description: 'emulated',
        schema: atAnthropic('emulated', 'mapped'),
        strict: atAnthropic('emulated', 'mapped'),
      },
    },
  },
  others: 'essential',
  absent: 'essential',
};

/** Reasoning is shown wherever the vendor shows it, and nothing else can be chosen. */
const summary: FieldPolicy = (_target, value) => (value === undefined || value === 'auto' ? 'mapped' : 'dropped');
/** Encrypted reasoning comes back in any case. The others speak of tools that were left out. */
const include: FieldPolicy = (_target, value) => {
  if (value === undefined || value === 'reasoning.encrypted_content') return 'mapped';
  return value === 'message.output_text.logprobs' ? 'essential' : 'dropped';
};

/**
 * What the translation of a Responses request does with each field of `ResponseCreateParams`. Fields that no list names are dropped.
 */
export const openAiResponsesPolicy: ObjectPolicy = {
  fields: {
    model: 'mapped',
    input: responsesItemsPolicy,
    instructions: 'mapped',
    stream: 'mapped',
    max_output_tokens: atAnthropic('clamped', 'mapped'),
    temperature: atAnthropic('clamped', 'mapped'),
    top_p: atAnthropic('clamped', 'mapped'),
    frequency_penalty: atAnthropic('dropped', 'mapped'),
    presence_penalty: atAnthropic('dropped', 'mapped'),
    tools,
    tool_choice: toolChoice,
    parallel_tool_calls: at({ ollama: 'emulated' }, 'mapped'),
    text: { fields: { format, verbosity: 'dropped' } },
    reasoning: {
      fields: { effort: 'clamped', summary, generate_summary: 'dropped', context: 'dropped', mode: 'dropped' },
    },
    include: { each: include },
    user: at({ ollama: 'dropped' }, 'mapped'),
    safety_identifier: at({ ollama: 'dropped' }, 'mapped'),
    // Stored by the gateway, where the tenant wants that.
    store: 'emulated',
    // A job of the gateway's.
    background: 'emulated',
    conversation: 'essential',
    previous_response_id: 'emulated',
    prompt: 'essential',
    access_programs: 'dropped',
    client_metadata: 'dropped',
    context_management: 'dropped',
    image: 'dropped',
    max_tool_calls: 'dropped',
    metadata: 'dropped',
    moderation: 'dropped',
    prompt_cache_key: 'dropped',
    prompt_cache_options: 'dropped',
    prompt_cache_retention: 'dropped',
    service_tier: 'dropped',
    stream_options: 'dropped',
    top_logprobs: 'dropped',
    truncation: 'dropped',
  },
};
