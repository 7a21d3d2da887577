import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import { describeFields } from '../../build/openapi/json-schema.ts';
import { unknownVariant } from '../../build/openapi/unknown-variant.ts';
import { chatRequestSchema } from './openai-chat-request-schema.ts';

/*
 * The requests of OpenAI's chat and embeddings routes in the OpenAPI document. Not in the Worker's bundle. What happens to a field at
 * providers of other protocols is decided in `openai-field-policy.ts`: the two texts below have to say the same. Run
 * `npm run openapi:print` after a change.
 */

/** Of fields whose class is `dropped`. */
const passthroughOnly =
  'For OpenAI and compatible providers only: left out for others, and named in `x-gateway-dropped`.';
/** Of fields whose class is `essential`. */
const essentialPassthroughOnly = 'For OpenAI and compatible providers only: for others a 400 that names it.';
const json = z.record(z.string(), z.unknown());

const textPart = z.looseObject({ type: z.literal('text'), text: z.string() });
const imagePart = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.looseObject({
    url: z.string().meta({
      description:
        'A web address, or the image as `data:image/…;base64,…`. Addresses are never fetched by the gateway.',
    }),
  }),
});
const otherPart = unknownVariant(
  ['text', 'image_url'],
  `PDFs by value (\`file\`), which are translated too; audio, files by id and types that OpenAI adds later, which are a 400 for other providers.`,
);

const functionCall = z.looseObject({
  name: z.string(),
  arguments: z.string().meta({ description: 'JSON, as the model wrote it.' }),
});

const message = component(
  'ChatCompletionMessage',
  z.looseObject({
    role: z
      .enum(['developer', 'system', 'user', 'assistant', 'tool', 'function'])
      .meta({ description: 'Who speaks. `tool` answers a call of `tool_calls`.' }),
    content: z
      .union([z.string(), z.array(z.union([textPart, imagePart, otherPart])), z.null()])
      .optional()
      .meta({ description: 'A text, or parts.' }),
    name: z.string().nullish(),
    refusal: z.string().nullish(),
    tool_calls: z
      .array(z.looseObject({ id: z.string(), type: z.string(), function: functionCall.optional() }))
      .nullish()
      .meta({ description: 'What an assistant has called.' }),
    tool_call_id: z.string().optional().meta({ description: 'Which call a message of the role `tool` answers.' }),
    function_call: functionCall.nullish(),
  }),
  { description: 'One message of a conversation.', examples: [{ role: 'user', content: 'What is a REST API?' }] },
);

const functionDefinition = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  parameters: json.nullish().meta({ description: 'A JSON Schema of the arguments.' }),
  strict: z.boolean().nullish().meta({ description: 'Whether the arguments must fit the schema.' }),
});

const stop = z
  .union([z.string(), z.array(z.string()), z.null()])
  .optional()
  .meta({ description: 'A text at which the reply ends, or a list of them.' });
const tools = z
  .array(z.looseObject({ type: z.string(), function: functionDefinition.optional() }))
  .nullish()
  .meta({ description: 'What the model may call: up to 128 functions.' });
const toolChoice = z
  .union([z.enum(['none', 'auto', 'required']), json, z.null()])
  .optional()
  .meta({ description: '`none`, `auto`, `required`, or `{"type":"function","function":{"name":"…"}}`.' });
const responseFormat = z
  .union([
    z.looseObject({ type: z.literal('text') }),
    z.looseObject({ type: z.literal('json_object') }),
    z.looseObject({
      type: z.literal('json_schema'),
      json_schema: z.looseObject({
        name: z.string(),
        description: z.string().nullish(),
        schema: json.optional(),
        strict: z.boolean().nullish(),
      }),
    }),
    z.null(),
  ])
  .optional()
  .meta({ description: 'The form of the reply.' });

const ignoredField = 'Changes no reply. Passed on where the provider takes it.';

/** The body is the parser's, opened: what it does not know is passed on where the protocol is the provider's own. */
const body = describeFields(chatRequestSchema, {
  model:
    "The model's name, also as `provider/model`, or a route. Left out: the default provider's. `models` lists up to five instead: the next one is tried where one fails before its reply has begun.",
  messages: z.array(message).min(1).meta({ description: 'The conversation, oldest message first.' }),
  stream: 'Answers with server-sent events while the reply is produced.',
  stream_options: z
    .looseObject({
      include_usage: z.boolean().nullish().meta({ description: 'A last chunk tells the counts of tokens.' }),
      include_obfuscation: z.boolean().nullish(),
    })
    .nullish()
    .meta({ description: 'Only beside `stream`.' }),
  max_tokens: 'The most tokens that the reply may have: what `max_completion_tokens` was called before.',
  max_completion_tokens: 'The most tokens that the reply may have, reasoning included.',
  temperature: 'How freely words are chosen: 0 to 2, for Claude 0 to 1.',
  top_p: 'Chooses among the likeliest words that have this probability together: 0 to 1.',
  frequency_penalty: 'Makes repeated words less likely: −2 to 2. Not for Claude.',
  presence_penalty: 'Makes words that are there already less likely: −2 to 2. Not for Claude.',
  seed: 'Repeated requests with the same seed should return the same reply, as far as the provider can. Dropped for Claude.',
  stop,
  tools,
  tool_choice: toolChoice,
  parallel_tool_calls: 'Whether the model may call several tools at once.',
  functions: z.array(functionDefinition).nullish().meta({ description: 'What `tools` were called before.' }),
  function_call: z
    .union([z.enum(['none', 'auto']), z.looseObject({ name: z.string() }), z.null()])
    .optional()
    .meta({ description: 'What `tool_choice` was called before.' }),
  response_format: responseFormat,
  reasoning_effort: z.string().nullish().meta({
    description:
      'How hard the model is to think: `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`. Translated, it becomes the next lower one that the model has.',
  }),
  user: 'Who uses your application: told to the provider in a form that it cannot trace back.',
  safety_identifier: 'What `user` is called now.',
  metadata: ignoredField,
  store: ignoredField,
  prompt_cache_key: ignoredField,
  prompt_cache_options: ignoredField,
  prompt_cache_retention: ignoredField,
  n: z
    .int()
    .min(1)
    .max(128)
    .nullish()
    .meta({ description: `How many replies. More than one: ${essentialPassthroughOnly}` }),
  logprobs: z.boolean().nullish().meta({ description: essentialPassthroughOnly }),
  top_logprobs: z.int().min(0).nullish().meta({ description: passthroughOnly }),
  logit_bias: z.record(z.string(), z.number()).nullish().meta({ description: passthroughOnly }),
  service_tier: z
    .string()
    .nullish()
    .meta({ description: `The price and speed of the reply. ${passthroughOnly}` }),
  verbosity: z
    .string()
    .nullish()
    .meta({ description: `\`low\`, \`medium\` or \`high\`. ${passthroughOnly}` }),
  modalities: z
    .array(z.string())
    .nullish()
    .meta({ description: `Other than \`["text"]\`: ${essentialPassthroughOnly}` }),
  audio: json.nullish().meta({ description: essentialPassthroughOnly }),
  prediction: json.nullish().meta({ description: passthroughOnly }),
  moderation: z.unknown().optional().meta({ description: passthroughOnly }),
  web_search_options: json.nullish().meta({ description: passthroughOnly }),
});

export const chatCompletionRequest = component('ChatCompletionRequest', body.loose(), {
  description:
    "As OpenAI's. Passed on as it came to OpenAI and compatible providers, fields unknown here included; translated for the others: a field that they do not have is left out and named in `x-gateway-dropped`, or a 400 if the reply would lack what it asks for.",
  examples: ['stub', 'openai/gpt-4o-mini'].map((model) => ({
    model,
    messages: [{ role: 'user', content: 'What is a REST API?' }],
  })),
});

export const embeddingsRequest = component(
  'EmbeddingsRequest',
  z.looseObject({
    model: z.string().nullish().meta({
      description:
        "The model's name, also as `provider/model`, or a route. `models` lists up to five instead: the next one is tried where one fails before its reply has begun.",
    }),
    input: z
      .union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))])
      .meta({ description: 'A text, a list of texts, or tokens made of them.' }),
    encoding_format: z.enum(['float', 'base64']).nullish(),
    dimensions: z.int().min(1).nullish().meta({ description: 'How many numbers a vector is to have.' }),
    user: z.string().nullish(),
  }),
  {
    description: "As OpenAI's, passed on as it came. Claude has no embeddings.",
    examples: ['stub', 'openai/text-embedding-3-small'].map((model) => ({
      model,
      input: ['first text', 'second text'],
    })),
  },
);

export const responsesRequest = component(
  'ResponsesRequest',
  z.looseObject({
    model: z.string().nullish().meta({
      description:
        "The model's name, also as `provider/model`, or a route. Left out: the default provider's. `models` lists up to five instead: the next one is tried where one fails before its reply has begun.",
    }),
    input: z
      .union([z.string(), z.array(z.looseObject({ type: z.string().optional() }))])
      .optional()
      .meta({
        description:
          'A text, or a list of items: messages, tool calls and their outputs, the reasoning of earlier replies, and the summary of a compacted conversation.',
      }),
    instructions: z.string().nullish().meta({ description: 'The system prompt.' }),
    stream: z.boolean().nullish().meta({ description: 'Answers with server-sent events.' }),
    max_output_tokens: z
      .int()
      .min(1)
      .nullish()
      .meta({ description: 'The most tokens of the reply, reasoning included.' }),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    tools: z
      .array(z.looseObject({ type: z.string(), name: z.string().optional() }))
      .nullish()
      .meta({
        description:
          'What the model may call. Translated: `function`, `custom`, and `namespace` with several of them. Tools that the vendor runs itself are dropped.',
      }),
    tool_choice: z
      .union([z.enum(['none', 'auto', 'required']), json, z.null()])
      .optional()
      .meta({ description: '`none`, `auto`, `required`, or the tools that may or must be called.' }),
    parallel_tool_calls: z.boolean().nullish(),
    text: json.nullish().meta({ description: 'The form of the reply: `{"format":{"type":"json_schema",…}}`.' }),
    reasoning: json.nullish().meta({ description: 'How hard the model is to think: `{"effort":"low"}`.' }),
    include: z.array(z.string()).nullish(),
    store: z.boolean().nullish().meta({
      description:
        'Whether the response is stored. Translated: true where it is left out, and only where the tenant opts in.',
    }),
    previous_response_id: z.string().nullish().meta({
      description: 'Continues a stored response. One that is not stored is a 404 `previous_response_not_found`.',
    }),
    background: z.boolean().nullish().meta({
      description:
        'Makes the response in a job, and answers at once. It needs stored responses: those of the tenant, and not `store: false`.',
    }),
  }),
  {
    description: "As OpenAI's Responses. Passed on as it came to a provider that has them; translated for the others.",
    examples: ['stub', 'gpt-5-mini'].map((model) => ({ model, input: 'What is a REST API?' })),
  },
);

export const compactRequest = component(
  'CompactRequest',
  responsesRequest
    .pick({ input: true, instructions: true, previous_response_id: true })
    .extend({
      model: z.string().meta({
        description: "The model's name, also as `provider/model`, or a route: its first target.",
      }),
    })
    .loose(),
  {
    description: 'A conversation to compact.',
    examples: ['stub', 'gpt-5-mini'].map((model) => ({
      model,
      input: [
        { role: 'user', content: 'Which port does the gateway use?' },
        { role: 'assistant', content: '8080.' },
      ],
    })),
  },
);
