import { isOpaqueValue } from '../../domain/opaque-value.ts';
import type { FieldPolicy, ObjectPolicy, VariantsPolicy } from '../field-policy.ts';
import { at, atAnthropic, strict } from './openai-field-policy.ts';

/** `annotations`, `logprobs`: every reply has them, and most are empty. */
const emptyList: FieldPolicy = (_target, value) =>
  value === undefined || (Array.isArray(value) && value.length > 0) ? 'dropped' : 'mapped';
const detail: FieldPolicy = (_target, value) => (value === 'auto' ? 'mapped' : 'dropped');
const cacheMarks = { prompt_cache_breakpoint: 'dropped' } as const;

const text: ObjectPolicy = { fields: { type: 'mapped', text: 'mapped', ...cacheMarks } };
const imageFields = { image_url: 'mapped', file_id: 'essential', detail, ...cacheMarks } as const;
const fileFields = {
  filename: 'mapped',
  file_data: at({ ollama: 'essential' }, 'mapped'),
  file_id: 'essential',
  file_url: 'essential',
  detail: 'dropped',
  ...cacheMarks,
} as const;

const parts: FieldPolicy = {
  each: {
    by: 'type',
    variants: {
      input_text: text,
      output_text: {
        fields: { ...text.fields, annotations: emptyList, logprobs: emptyList, parsed: 'mapped' },
      },
      refusal: { fields: { type: 'mapped', refusal: 'mapped' } },
      input_image: { fields: { type: 'mapped', ...imageFields } },
      // A PDF by value. A file by its id or URL cannot be read elsewhere.
      input_file: { fields: { type: 'mapped', ...fileFields } },
    },
    // Content that is not understood is not left out: the request schema rejects it.
    others: 'essential',
    absent: 'essential',
  },
};

/** In OpenAI's Chat Completions what is no text stands in a user message behind the results. */
const attached = at({ anthropic: 'mapped', ollama: 'mapped' }, 'emulated');
const output: FieldPolicy = {
  each: {
    by: 'type',
    variants: {
      input_text: text,
      input_image: { fields: { type: attached, ...imageFields } },
      input_file: { fields: { type: attached, ...fileFields } },
    },
    others: 'essential',
    absent: 'essential',
  },
};

/** What items of a reply have when they come back, and what says nothing to the model. */
const itemFields = { type: 'mapped', id: 'mapped', status: 'mapped' } as const;
const callFields = {
  ...itemFields,
  call_id: 'mapped',
  name: 'mapped',
  namespace: 'emulated',
  async: 'dropped',
  caller: 'dropped',
} as const;

const message: ObjectPolicy = { fields: { ...itemFields, role: 'mapped', content: parts, phase: 'dropped' } };
const messages: VariantsPolicy = {
  by: 'role',
  variants: { system: message, developer: message, user: message, assistant: message },
  others: 'essential',
  absent: 'essential',
};

/** An opaque value of the gateway's own. What another vendor has encrypted is left out with its item. */
const reasoning: FieldPolicy = (_target, value) => {
  const content = readField(value, 'encrypted_content');
  return content === undefined || content === null || isOpaqueValue(content) ? 'mapped' : 'dropped';
};

/** What a vendor wants back of its reasoning is found by its tool calls. No other item is stored. */
const itemReference: FieldPolicy = (_target, value) => {
  const id = readField(value, 'id');
  return typeof id === 'string' && id.startsWith('rs_') ? 'dropped' : 'essential';
};

const items: FieldPolicy = {
  each: {
    by: 'type',
    variants: {
      message: messages,
      reasoning,
      function_call: { fields: { ...callFields, arguments: 'mapped', parsed_arguments: 'mapped' } },
      function_call_output: { fields: { ...callFields, output } },
      custom_tool_call: { fields: { ...callFields, input: 'emulated' } },
      custom_tool_call_output: { fields: { ...callFields, output } },
      item_reference: itemReference,
    },
    // Calls and results of the tools that a vendor runs itself, and items that are not known.
    others: 'dropped',
    absent: messages,
  },
};

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
  fields: { type: 'emulated', name: 'mapped', description: 'mapped', format: 'emulated', ...toolHints },
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
const toolChoice: FieldPolicy = {
  by: 'type',
  variants: {
    function: { fields: { type: forced, name: forced, namespace: 'emulated' } },
    custom: { fields: { type: 'emulated', name: 'emulated', namespace: 'emulated' } },
    allowed_tools: { fields: { type: 'emulated', mode: 'emulated', tools: 'emulated' } },
  },
  // A tool that was left out cannot be forced.
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
    input: items,
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
    reasoning: { fields: { effort: 'clamped', summary } },
    include: { each: include },
    user: at({ ollama: 'dropped' }, 'mapped'),
    safety_identifier: at({ ollama: 'dropped' }, 'mapped'),
    // Replies are not stored.
    store: 'emulated',
    background: 'essential',
    conversation: 'essential',
    previous_response_id: 'essential',
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

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
