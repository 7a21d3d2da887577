import { isOpaqueValue } from '../../domain/opaque-value.ts';
import type { FieldPolicy, ObjectPolicy, VariantsPolicy } from '../field-policy.ts';
import { at } from './openai-field-policy.ts';

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

const shownText: FieldPolicy = { each: { fields: { type: 'mapped', text: 'mapped' } } };
const ownReasoning: ObjectPolicy = {
  fields: { ...itemFields, encrypted_content: 'mapped', summary: shownText, content: shownText },
};
/** An opaque value of the gateway's own. What another vendor has encrypted is left out with its item. */
const reasoning: FieldPolicy = (_target, value) => {
  const content = readField(value, 'encrypted_content');
  return content === undefined || content === null || isOpaqueValue(content) ? ownReasoning : 'dropped';
};

/** What a vendor wants back of its reasoning is found by its tool calls. No other item is stored. */
const itemReference: FieldPolicy = (_target, value) => {
  const id = readField(value, 'id');
  return typeof id === 'string' && id.startsWith('rs_') ? 'dropped' : 'essential';
};

/** What the translation of a Responses request does with the items of its input. */
export const responsesItemsPolicy: FieldPolicy = {
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

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
