import { z } from 'zod';

const name = z.string().nullish();
const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const text = z.union([z.string(), z.array(textPart).min(1)]);

/**
 * Text of the model's own that comes back. OpenAI's Agents SDK sends the fields of its own messages beside the text, such as
 * `annotations` and `role`, and the API takes them.
 */
const assistantPart = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);

const userPart = z.discriminatedUnion('type', [
  textPart,
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string(), detail: z.enum(['auto', 'low', 'high']).optional() }),
  }),
  z.strictObject({ type: z.literal('input_audio'), input_audio: z.looseObject({}) }),
  z.strictObject({ type: z.literal('file'), file: z.looseObject({}) }),
]);

const toolCall = z.strictObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: text, name }),
  z.strictObject({ role: z.literal('developer'), content: text, name }),
  z.strictObject({ role: z.literal('user'), content: z.union([z.string(), z.array(userPart).min(1)]), name }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(assistantPart).min(1)]).nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCall).min(1).optional(),
    // Not in the reference. Users send the whole message of a reply back, and the API takes it.
    annotations: z.array(z.unknown()).optional(),
    name,
  }),
  // The reference has no `name` here. LangChain sends one, and the API takes it.
  z.strictObject({ role: z.literal('tool'), content: text, tool_call_id: z.string(), name }),
]);

const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string().optional(),
    parameters: z.looseObject({}).optional(),
    strict: z.boolean().nullish(),
  }),
});

/** What a tool was before there could be several calls. */
const legacyFunction = tool.shape.function.omit({ strict: true });
const functionCall = z.union([z.enum(['auto', 'none']), z.strictObject({ name: z.string() })]);

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string() }) }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
      description: z.string().optional(),
      schema: z.looseObject({}).optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const optionalUnknown = z.unknown().optional();
const tokens = z.int().min(1).nullish();

/** The body of `POST /v1/chat/completions`; its keys are all the parameters that the API knows. */
export const openAiBodySchema = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  stop: z.union([z.string(), z.array(z.string()).min(1).max(4)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .nullish(),
  tools: z.array(tool).min(1).max(128).optional(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormat.nullish(),
  reasoning_effort: z.string().nullish(),
  n: z.int().min(1).max(128).nullish(),
  seed: z.int().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  logit_bias: optionalUnknown,
  user: z.string().optional(),
  metadata: optionalUnknown,
  modalities: optionalUnknown,
  audio: optionalUnknown,
  prediction: optionalUnknown,
  store: z.boolean().nullish(),
  service_tier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  verbosity: z.string().nullish(),
  web_search_options: optionalUnknown,
  function_call: functionCall.optional(),
  functions: z.array(legacyFunction).min(1).max(128).optional(),
});

export type OpenAiBody = z.infer<typeof openAiBodySchema>;

/** The body of `POST /v1/embeddings`. */
export const embeddingsBodySchema = z.strictObject({
  model: z.string(),
  input: z.union([
    z.string().min(1),
    z.array(z.string()).min(1).max(2048),
    z.array(z.int()).min(1),
    z.array(z.array(z.int()).min(1)).min(1).max(2048),
  ]),
  dimensions: z.int().min(1).optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
  user: z.string().optional(),
});
