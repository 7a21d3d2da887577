import type { WireProtocol } from '../../providers/descriptor.ts';
import type { FieldClass, FieldPolicy, ObjectPolicy } from '../field-policy.ts';
import { readExtraContent, readReasoningDetails } from './openai-opaque-values.ts';

/** One class at Claude, another at all other targets. */
export function atAnthropic(anthropic: FieldClass, others: FieldClass): FieldPolicy {
  return at({ anthropic }, others);
}

export function at(classes: Partial<Readonly<Record<WireProtocol, FieldClass>>>, others: FieldClass): FieldPolicy {
  return ({ protocol }) => classes[protocol] ?? others;
}

/** Marks a prefix for Claude's prompt cache. OpenRouter and LiteLLM put it on messages, parts and tools. */
const cacheMarks = { cache_control: atAnthropic('mapped', 'dropped'), prompt_cache_breakpoint: 'dropped' } as const;

const parts: FieldPolicy = {
  each: {
    by: 'type',
    variants: {
      text: { fields: { type: 'mapped', text: 'mapped', ...cacheMarks } },
      refusal: { fields: { type: 'mapped', refusal: 'mapped' } },
      image_url: {
        fields: { type: 'mapped', image_url: { fields: { url: 'mapped', detail: 'dropped' } }, ...cacheMarks },
      },
      // A PDF by value. A file by its id cannot be read elsewhere.
      file: {
        fields: {
          type: 'mapped',
          file: {
            fields: { filename: 'mapped', file_data: at({ ollama: 'essential' }, 'mapped'), file_id: 'essential' },
          },
          ...cacheMarks,
        },
      },
      input_audio: 'essential',
    },
    // Content that is not understood is not left out: the request schema rejects it.
    others: 'essential',
    absent: 'essential',
  },
};

/** `parsed_arguments`, `index` and `parsed` come back from OpenAI's own client and have no effect. */
const functionCall: ObjectPolicy = { fields: { name: 'mapped', arguments: 'mapped', parsed_arguments: 'mapped' } };
/** Opaque values of the gateway's own, and no other vendor's signature. */
const extraContent: FieldPolicy = (_target, value) => (readExtraContent(value) === undefined ? 'dropped' : 'mapped');
const functionToolCall: ObjectPolicy = {
  fields: { id: 'mapped', type: 'mapped', function: functionCall, index: 'mapped', extra_content: extraContent },
};
const toolCalls: FieldPolicy = {
  each: {
    by: 'type',
    variants: {
      function: functionToolCall,
      custom: {
        fields: {
          id: 'mapped',
          type: 'mapped',
          custom: { fields: { name: 'emulated', input: 'emulated' } },
          index: 'mapped',
        },
      },
    },
    others: 'essential',
    absent: functionToolCall,
  },
};

const message = { role: 'mapped', content: parts, name: 'dropped', ...cacheMarks } as const;

const messages: FieldPolicy = {
  each: {
    by: 'role',
    variants: {
      system: { fields: message },
      developer: { fields: message },
      user: { fields: message },
      assistant: {
        fields: {
          ...message,
          refusal: 'mapped',
          reasoning_content: 'mapped',
          reasoning_details: (_target, value) => (readReasoningDetails(value).length > 0 ? 'mapped' : 'dropped'),
          extra_content: extraContent,
          tool_calls: toolCalls,
          function_call: functionCall,
          parsed: 'mapped',
          audio: 'dropped',
          annotations: 'dropped',
        },
      },
      tool: { fields: { ...message, tool_call_id: 'mapped' } },
      function: { fields: { role: 'mapped', content: 'mapped', name: 'mapped' } },
    },
    others: 'essential',
    absent: 'essential',
  },
};

const functionDefinition = { name: 'mapped', description: 'mapped', parameters: 'mapped' } as const;

/** Ollama cannot be held to a schema. */
export const strict: FieldPolicy = ({ protocol }, value) => {
  if (protocol === 'anthropic') return 'clamped';
  return protocol === 'ollama' && value !== false ? 'dropped' : 'mapped';
};
const functionTool: ObjectPolicy = {
  fields: { type: 'mapped', function: { fields: { ...functionDefinition, strict } }, ...cacheMarks },
};

/** Another vendor's tool is left out: a choice that forces it is rejected. */
const toolChoice: FieldPolicy = {
  by: 'type',
  variants: {
    function: {
      fields: {
        type: at({ ollama: 'emulated' }, 'mapped'),
        function: { fields: { name: at({ ollama: 'emulated' }, 'mapped') } },
      },
    },
    allowed_tools: {
      fields: {
        type: 'emulated',
        allowed_tools: {
          fields: {
            mode: 'emulated',
            tools: { each: { fields: { type: 'emulated', function: { fields: { name: 'emulated' } } } } },
          },
        },
      },
    },
    custom: 'essential',
  },
  others: 'essential',
  absent: { fields: { function: { fields: { name: 'mapped' } } } },
};

/** A schema may stand beside `json_object` too (Together, Fireworks), and beside the type (llama.cpp, vLLM). */
const schemaFields = {
  schema: 'emulated',
  json_schema: {
    fields: {
      name: at({ anthropic: 'dropped', ollama: 'dropped' }, 'mapped'),
      description: 'emulated',
      schema: atAnthropic('emulated', 'mapped'),
      strict: atAnthropic('emulated', 'mapped'),
    },
  },
} as const;
const responseFormat: FieldPolicy = {
  by: 'type',
  variants: {
    text: { fields: { type: 'mapped' } },
    json_object: { fields: { type: atAnthropic('emulated', 'mapped'), ...schemaFields } },
    json_schema: { fields: { type: 'mapped', ...schemaFields } },
  },
  others: 'essential',
  absent: 'essential',
};

/**
 * What the translation of a Chat Completions request does with each field of `ChatCompletionCreateParams`. Fields that no list
 * names are dropped.
 */
export const openAiChatPolicy: ObjectPolicy = {
  fields: {
    model: 'mapped',
    messages,
    stream: 'mapped',
    stream_options: { fields: { include_usage: 'mapped', include_obfuscation: 'dropped' } },
    max_tokens: atAnthropic('clamped', 'mapped'),
    max_completion_tokens: atAnthropic('clamped', 'mapped'),
    temperature: atAnthropic('clamped', 'mapped'),
    top_p: atAnthropic('clamped', 'mapped'),
    stop: atAnthropic('clamped', 'mapped'),
    frequency_penalty: atAnthropic('dropped', 'mapped'),
    presence_penalty: atAnthropic('dropped', 'mapped'),
    seed: atAnthropic('dropped', 'mapped'),
    tools: {
      each: {
        by: 'type',
        variants: {
          function: functionTool,
          // Their input is text by a grammar, and no arguments.
          custom: 'dropped',
        },
        // Tools that the vendor runs itself.
        others: 'dropped',
        absent: functionTool,
      },
    },
    tool_choice: toolChoice,
    parallel_tool_calls: at({ ollama: 'emulated' }, 'mapped'),
    functions: { each: { fields: functionDefinition } },
    function_call: { fields: { name: 'emulated' } },
    response_format: responseFormat,
    reasoning_effort: 'clamped',
    user: at({ ollama: 'dropped' }, 'mapped'),
    safety_identifier: at({ ollama: 'dropped' }, 'mapped'),
    audio: 'essential',
    logprobs: 'essential',
    modalities: 'essential',
    n: 'essential',
    logit_bias: 'dropped',
    metadata: 'dropped',
    moderation: 'dropped',
    prediction: 'dropped',
    prompt_cache_key: 'dropped',
    prompt_cache_options: 'dropped',
    prompt_cache_retention: 'dropped',
    service_tier: 'dropped',
    store: 'dropped',
    top_logprobs: 'dropped',
    verbosity: 'dropped',
    web_search_options: 'dropped',
  },
};

/** The same where no stream is requested. */
export const openAiWholeChatPolicy: ObjectPolicy = {
  fields: { ...openAiChatPolicy.fields, stream_options: 'dropped' },
};
