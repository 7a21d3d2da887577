import type { FieldPolicy, ObjectPolicy } from '../field-policy.ts';

/** Claude does not take the field. */
const exceptAnthropic: FieldPolicy = ({ protocol }) => (protocol === 'anthropic' ? 'dropped' : 'mapped');
/** Only Claude takes the field. */
const anthropicOnly: FieldPolicy = ({ protocol }) => (protocol === 'anthropic' ? 'mapped' : 'dropped');

/** Marks a prefix for Claude's prompt cache. OpenRouter and LiteLLM put it on messages, parts and tools. */
const cacheControl = { cache_control: anthropicOnly };

const parts: FieldPolicy = {
  each: {
    by: 'type',
    variants: {
      text: { fields: { type: 'mapped', text: 'mapped', ...cacheControl } },
      refusal: { fields: { type: 'mapped', refusal: 'mapped' } },
      image_url: {
        fields: { type: 'mapped', image_url: { fields: { url: 'mapped', detail: 'dropped' } }, ...cacheControl },
      },
      file: {
        fields: {
          type: 'mapped',
          file: { fields: { filename: 'mapped', file_data: 'mapped', file_id: 'mapped' } },
          ...cacheControl,
        },
      },
    },
    others: 'mapped',
    absent: 'mapped',
  },
};

/** `parsed_arguments`, `index` and `parsed` come back from OpenAI's own client and have no effect. */
const functionCall: ObjectPolicy = { fields: { name: 'mapped', arguments: 'mapped', parsed_arguments: 'mapped' } };
const functionToolCall: ObjectPolicy = {
  fields: { id: 'mapped', type: 'mapped', function: functionCall, index: 'mapped', extra_content: 'mapped' },
};
const toolCalls: FieldPolicy = {
  each: { by: 'type', variants: { function: functionToolCall }, others: 'mapped', absent: functionToolCall },
};

const message = { role: 'mapped', content: parts, name: 'dropped', ...cacheControl } as const;

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
          reasoning_details: 'mapped',
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
    others: 'mapped',
    absent: 'mapped',
  },
};

const functionTool = { name: 'mapped', description: 'mapped', parameters: 'mapped', strict: 'mapped' } as const;

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
    max_tokens: 'mapped',
    max_completion_tokens: 'mapped',
    temperature: 'mapped',
    top_p: 'mapped',
    stop: 'mapped',
    frequency_penalty: exceptAnthropic,
    presence_penalty: exceptAnthropic,
    seed: exceptAnthropic,
    tools: {
      each: {
        by: 'type',
        variants: {
          function: { fields: { type: 'mapped', function: { fields: functionTool }, ...cacheControl } },
          custom: 'mapped',
        },
        // Tools that the vendor runs itself.
        others: 'dropped',
        absent: 'mapped',
      },
    },
    tool_choice: 'mapped',
    parallel_tool_calls: 'mapped',
    functions: { each: { fields: functionTool } },
    function_call: 'mapped',
    response_format: 'mapped',
    reasoning_effort: 'mapped',
    user: 'mapped',
    safety_identifier: 'mapped',
    // The reply would lack what these ask for: the request schema rejects values that ask for something.
    audio: 'mapped',
    logprobs: 'mapped',
    modalities: 'mapped',
    n: 'mapped',
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
